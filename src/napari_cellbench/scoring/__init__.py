"""Label overlap to every metric: no framework, no window."""

from .score import Score, score

__all__ = ["Score", "score"]
