"""Segmentation methods, one room per framework, behind one contract."""

from .base import Evaluation, Method, Predictor, Progress, Tiling
from .environment import Environment
from .parameters import parameter
from .registry import get_method, methods
from .training import Examination, Lesson, TrainingReport, TrainingSettings, TrainingUpdate

__all__ = [
    "Environment",
    "Evaluation",
    "Examination",
    "Lesson",
    "Method",
    "Predictor",
    "Progress",
    "Tiling",
    "TrainingReport",
    "TrainingSettings",
    "TrainingUpdate",
    "get_method",
    "methods",
    "parameter",
]
