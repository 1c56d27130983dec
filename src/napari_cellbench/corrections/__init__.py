"""Correcting segmentations: tools on cells, review, autosave; no window and no framework."""

from .autosave import Autosave
from .carry import carry
from .doubts import Doubt
from .edit import Edit
from .journal import Journal, Snapshot
from .review import CellState, Review
from .saved import Work, recover
from .unfinished import unfinished

__all__ = [
    "Autosave",
    "CellState",
    "Doubt",
    "Edit",
    "Journal",
    "Review",
    "Snapshot",
    "Work",
    "carry",
    "recover",
    "unfinished",
]
