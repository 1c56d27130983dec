"""A cell's mask as a prompt, to find it on another plane: a box around it and points in it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..prompting.prompts import Prompt
from .lookup import box_of_mask, region_of

Mask = NDArray[np.bool_]


class Predict(Protocol):
    """Finds a cell on a plane: a `Prompt`, and which plane, give a mask of the whole plane."""

    def __call__(self, prompt: Prompt, plane: int) -> NDArray[Any]:
        """Return a (Y, X) bool mask, empty where there is no cell."""


def prompt_of(mask: Mask, corner: tuple[int, int] = (0, 0), points: int = 3) -> Prompt:
    """Return box and points of a mask.

    Parameters
    ----------
    mask : (H, W) bool
        Not empty.
    corner
        Row and column of its first pixel.
    points
        How many at most. The first is the innermost; each next one is as far inside as it can be,
        and away from those before.

    Examples
    --------
    >>> prompt = prompt_of(np.ones((5, 9), bool), (10, 20), points=1)
    >>> prompt.box, prompt.points.tolist()
    ((10, 20, 15, 29), [[12.0, 22.0]])
    """
    from scipy.ndimage import distance_transform_edt

    box = box_of_mask(mask)
    if box is None:
        raise InputError("There is no cell here.")
    own = mask[region_of(box)]
    worth = distance_transform_edt(np.pad(own, 1))[1:-1, 1:-1]
    rows, columns = np.indices(own.shape)
    chosen: list[tuple[int, int]] = []
    while len(chosen) < points and worth.max() > 0:
        row, column = np.unravel_index(int(worth.argmax()), own.shape)
        chosen.append((int(row), int(column)))
        worth = np.minimum(worth, np.hypot(rows - row, columns - column) - worth[row, column])
    top, left = box[0] + corner[0], box[1] + corner[1]
    height, width = own.shape
    where = np.add(np.array(chosen, np.float64), (top, left))
    return Prompt(where, np.ones(len(where), bool), (top, left, top + height, left + width))
