"""Side by side: many methods on one image, without a window."""

from .entry import Entry
from .status import Outcome, State, Status

__all__ = ["Entry", "Outcome", "State", "Status"]
