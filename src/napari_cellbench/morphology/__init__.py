"""Growing and shrinking labels, and the shape of cells."""

from .growth import GrowthField

__all__ = ["GrowthField"]
