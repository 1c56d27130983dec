"""Growing and shrinking labels, and the shape of cells."""

from .fit import DistanceCurve, fit_distance
from .growth import GrowthField
from .shape import shape_features

__all__ = ["DistanceCurve", "GrowthField", "fit_distance", "shape_features"]
