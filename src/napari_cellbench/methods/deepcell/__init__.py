"""Three methods of DeepCell, whose networks were written anew from their published descriptions."""

from .featurenet import FeatureNet
from .mesmer import Mesmer
from .retinamask import RetinaMask

__all__ = ["FeatureNet", "Mesmer", "RetinaMask"]
