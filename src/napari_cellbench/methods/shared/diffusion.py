"""Heat that spreads within an object from one of its pixels: what flows to its centre follow.

Source: Stringer et al. 2021, Nat. Methods 18, Methods, "Representation".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...scoring.compiled import compiled


def central_pixel(inside: NDArray[np.bool_], middle: Any = np.mean) -> tuple[int, int]:
    """Return the pixel of an object that is nearest to its middle.

    Parameters
    ----------
    inside : (Y, X) bool
        With at least one pixel.
    middle
        Function of the coordinates along an axis: their mean or their median.
    """
    ys, xs = np.nonzero(inside)
    nearest = np.argmin((ys - middle(ys)) ** 2 + (xs - middle(xs)) ** 2)
    return int(ys[nearest]), int(xs[nearest])


@compiled
def diffused(inside: NDArray[np.bool_], y: int, x: int, steps: int) -> NDArray[np.float64]:
    """Add heat to a pixel of an object, and let it spread to all eight neighbours, many times.

    Parameters
    ----------
    inside : (Y, X) bool
        The object, with a border of a pixel around it at least, where no heat stays.
    y, x
        The pixel.
    steps
        How many times.

    Returns
    -------
    (Y, X) float64
        0 outside of the object.
    """
    ys, xs = np.nonzero(inside)
    heat, spread = np.zeros(inside.shape), np.zeros(inside.shape)
    for _ in range(steps):
        heat[y, x] += 1
        for i in range(len(ys)):
            row, column = ys[i], xs[i]
            near = heat[row - 1 : row + 2, column - 1 : column + 2]
            spread[row, column] = near.sum() / 9
        heat, spread = spread, heat
    return heat


def uphill(heat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction in which heat rises.

    Parameters
    ----------
    heat : (Y + 2, X + 2) float64
        With a border of a pixel.

    Returns
    -------
    (2, Y, X) float64
        Along Y and X, of length 1; 0 where the heat is even.
    """
    rise = np.stack(
        [heat[2:, 1:-1] - heat[:-2, 1:-1], heat[1:-1, 2:] - heat[1:-1, :-2]],
    )
    return rise / (np.sqrt((rise**2).sum(0)) + 1e-60)


def in_threads(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Call a function that releases the interpreter lock on many items at once."""
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        return list(pool.map(function, items))
