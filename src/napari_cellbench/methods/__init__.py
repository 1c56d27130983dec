"""Segmentation methods, one room per framework, behind one contract."""

from .base import Method, Predictor, Progress, Tiling
from .parameters import parameter
from .registry import get_method, methods

__all__ = ["Method", "Predictor", "Progress", "Tiling", "get_method", "methods", "parameter"]
