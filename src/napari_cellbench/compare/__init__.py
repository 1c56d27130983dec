"""Side by side: many methods on one image, without a window."""

from .cache import ResultCache
from .naming import title_of
from .preset import read_preset, write_preset
from .queue import Queue
from .status import Outcome, State, Status

__all__ = [
    "Outcome",
    "Queue",
    "ResultCache",
    "State",
    "Status",
    "read_preset",
    "title_of",
    "write_preset",
]
