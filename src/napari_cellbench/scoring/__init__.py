"""Label overlap to every metric: no framework, no window."""

from .dataset import DatasetScore, DatasetScorer
from .definitions import DEFINITIONS, Definition
from .live import LiveScore
from .score import Score, score

__all__ = [
    "DEFINITIONS",
    "DatasetScore",
    "DatasetScorer",
    "Definition",
    "LiveScore",
    "Score",
    "score",
]
