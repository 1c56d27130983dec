"""The tools, each a function of a plane of labels that returns an `Edit`, and changes nothing.

What can't be done raises an `InputError` that says why. Pixels that a tool doesn't speak of stay
as they are.
"""

from .add import add_mask, add_masks, add_outline, overlapped, replace_mask, replace_outline
from .delete import delete, delete_at_edge, delete_by_area, delete_in_box, renumber
from .merge import merge, merge_along
from .reshape import fill_holes, grow, keep_largest, smooth
from .split import split_line, split_seeds
from .take_over import cells_there, take_over

__all__ = [
    "add_mask",
    "add_masks",
    "add_outline",
    "cells_there",
    "delete",
    "delete_at_edge",
    "delete_by_area",
    "delete_in_box",
    "fill_holes",
    "grow",
    "keep_largest",
    "merge",
    "merge_along",
    "overlapped",
    "renumber",
    "replace_mask",
    "replace_outline",
    "smooth",
    "split_line",
    "split_seeds",
    "take_over",
]
