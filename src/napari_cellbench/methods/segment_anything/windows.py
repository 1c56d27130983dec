"""Squares of the features' grid to which masks are reckoned: a cell needs no whole view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...prompting.prompts import LOW, Prompt
from ...prompting.views import View
from .enlarging import SIDE, STABILITY, input_shape

GRID = SIDE // 16
"""Side of the grid of image features."""
FINER = LOW // GRID
"""How many times finer than the grid of features the masks are."""

Window = tuple[int, int, int]
"""First row, first column and side of a square of the features' grid."""


def window_around(prompt: Prompt, view: View, reach: float) -> Window | None:
    """Return the window that holds a prompt and all that is near to it.

    Parameters
    ----------
    prompt
        In pixels of the image.
    view
        Of the features.
    reach
        Distance from the prompt, in pixels.

    Returns
    -------
    Window or None
        None where it would be as large as the view.
    """
    at = prompt.points
    if prompt.box is not None:
        at = np.concatenate([at, np.reshape(prompt.box, (2, 2))])
    inside = input_shape(view.height, view.width)
    scale = np.array(inside) / (view.height, view.width) * (GRID / SIDE)
    start = np.array([view.y, view.x])
    low = np.floor((at.min(0) - reach - start) * scale)
    high = np.ceil((at.max(0) + reach - start) * scale)
    used = _used(inside)
    side = max(int((np.minimum(high, used) - np.maximum(low, 0)).max()), 1)
    if side >= max(used):
        return None
    y, x = np.clip(low, 0, GRID - side).astype(int)
    return int(y), int(x), side


def goes_on(logits: NDArray[np.float32], window: Window | None, view: View) -> bool:
    """Tell whether a mask may go on outside of a window.

    Parameters
    ----------
    logits : (256, 256) float32
        Reckoned in the window only.
    window, view
        None if they were reckoned everywhere.
    """
    if window is None:
        return False
    y, x, side = window
    rows, columns = (slice(FINER * a, FINER * (a + side)) for a in (y, x))
    part = logits[rows, columns]
    height, width = _used(input_shape(view.height, view.width))
    edges = [
        part[:1] if y > 0 else None,
        part[-1:] if y + side < height else None,
        part[:, :1] if x > 0 else None,
        part[:, -1:] if x + side < width else None,
    ]
    return any(bool((edge > -STABILITY).any()) for edge in edges if edge is not None)


def _used(inside: tuple[int, int]) -> tuple[int, int]:
    """Return the rows and columns of the grid that hold a part of the view."""
    height, width = (-(-side * GRID // SIDE) for side in inside)
    return height, width
