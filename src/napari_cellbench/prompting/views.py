"""Which part of an image SAM looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

BEST_SIDE = 20
"""Side of the best view, in square roots of a cell's area.

Measured on images of nuclei and cells with MobileSAM: from 15 (phase contrast) to 25 (nuclei) one
click gives the best masks; in views of twice that side cells are too small for SAM, in views of
half of it too little is around them.
"""
SMALLEST_SIDE = 128
"""In pixels: what is enlarged more is only more blurred."""
LARGEST_SIDE = 1024
"""In pixels: what the network sees; larger views lose detail."""
SUITS = 1.4
"""Factor by which a side may differ from the best one."""
SURVEY_SIDE = 512
"""Of the view in which the size of cells is guessed, in pixels, where the image is larger."""


@dataclass(frozen=True)
class View:
    """A rectangle of an image that is embedded at once.

    Attributes
    ----------
    y, x
        Its first row and column in the image, in pixels.
    height, width
        In pixels.
    """

    y: int
    x: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the image."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    def holds(self, point: Sequence[float]) -> bool:
        """Tell whether a point (y, x) of the image lies in it."""
        y, x = point
        return self.y <= y < self.y + self.height and self.x <= x < self.x + self.width


def best_side(cell_size: float, present: int | None = None) -> int:
    """Return the side of the view that suits cells of a size best, out of a few sides.

    Each cell that is added changes the usual size a little: the views must not change with it.

    Parameters
    ----------
    cell_size
        Square root of a usual cell's area, in pixels.
    present
        Side of the views so far; it stays as long as it suits.
    """
    exact = min(max(BEST_SIDE * cell_size, SMALLEST_SIDE), LARGEST_SIDE)
    if present is not None and max(present / exact, exact / present) <= SUITS:
        return present
    steps = round(2 * math.log2(exact / SMALLEST_SIDE))
    return round(SMALLEST_SIDE * 2 ** (steps / 2))


def view_at(point: Sequence[float], shape: tuple[int, int], side: int) -> View:
    """Return the view in which a point is most central, out of a fixed lattice of views.

    Neighbouring points mostly share a view, so that its embedding is made once. Views overlap by
    half: a point is never nearer to a view's edge than a quarter of its side, but for the image's.

    Parameters
    ----------
    point
        y and x in the image, in pixels.
    shape
        Of the image: rows, columns.
    side
        Of the views, in pixels. A little more than it is allowed, where that saves views.
    """
    (y, height), (x, width) = (
        _span(at, whole, side) for at, whole in zip(point, shape, strict=True)
    )
    return View(y, x, height, width)


def views_near(point: Sequence[float], shape: tuple[int, int], side: int) -> tuple[View, ...]:
    """Return the view of a point, see `view_at`, and those around it, the nearest first."""
    first = view_at(point, shape, side)

    def middle(view: View) -> tuple[float, float]:
        return view.y + view.height / 2, view.x + view.width / 2

    y, x = middle(first)
    steps = (-side / 2, 0, side / 2)
    around = {view_at((y + dy, x + dx), shape, side) for dy in steps for dx in steps} - {first}
    return first, *sorted(around, key=lambda view: (math.dist(point, middle(view)), view.y, view.x))


def _span(at: float, whole: int, side: int) -> tuple[int, int]:
    """Return the start and the length of one side."""
    if whole <= 1.25 * side:
        return 0, whole
    steps = -(-(whole - side) * 2 // side)
    starts = [round(i * (whole - side) / steps) for i in range(steps + 1)]
    return min(starts, key=lambda start: abs(start + side / 2 - at)), side
