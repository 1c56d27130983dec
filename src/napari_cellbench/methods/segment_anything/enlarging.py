"""SAM's masks at the image's resolution, pixel by pixel as the original has them.

The original enlarges 256 x 256 logits to 1024 x 1024, cuts the padding off, and brings the rest to
the image's size. Both steps are linear, and each treats rows and columns alike: two small matrices
do the same in one step, and only for the rows and columns that a mask needs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...prompting.prompts import LOW, Candidate, Origin
from ...prompting.views import View

SIDE = 1024
"""Of the square that the encoder sees."""
STABILITY = 1.0
"""Distance of the two cut-offs whose masks are compared, in logits."""


def input_shape(height: int, width: int) -> tuple[int, int]:
    """Return the size that a view has in the encoder's square, as the original rounds it."""
    scale = SIDE / max(height, width)
    return int(height * scale + 0.5), int(width * scale + 0.5)


def candidate(
    logits: NDArray[np.float32], iou: float, view: View, origin: Origin = "point"
) -> Candidate:
    """Enlarge (256, 256) logits to a mask in the image."""
    (y, x), fine = enlarge(logits, view)
    inside = fine > 0
    # Of a mask that is empty even at the lower cut-off nothing is stable.
    wide = np.count_nonzero(fine > -STABILITY)
    stability = np.count_nonzero(fine > STABILITY) / wide if wide else 0.0
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(rows):
        return Candidate(np.zeros((0, 0), bool), (view.y, view.x), iou, 0.0, logits, origin)
    top, left = rows[0], columns[0]
    mask = np.ascontiguousarray(inside[top : rows[-1] + 1, left : columns[-1] + 1])
    offset = view.y + y + int(top), view.x + x + int(left)
    return Candidate(mask, offset, iou, stability, logits, origin)


def enlarge(
    logits: NDArray[np.float32], view: View, above: float = -STABILITY
) -> tuple[tuple[int, int], NDArray[np.float32]]:
    """Enlarge the part of a mask's logits that may lie above a value.

    Returns
    -------
    offset
        Row and column in the view.
    fine : (h, w) float32
        Logits there; empty where there are none.
    """
    spans = []
    sizes = zip((view.height, view.width), input_shape(view.height, view.width), strict=True)
    high = logits > above
    for axis, (side, within) in enumerate(sizes):
        matrix, first, last = _matrix(side, within)
        held = np.flatnonzero(high.any(1 - axis))
        if not len(held):
            return (0, 0), np.zeros((0, 0), np.float32)
        # Pixels between a low-resolution one that is above and one that is below may be above.
        reached = np.flatnonzero((last >= held[0]) & (first <= held[-1]))
        if not len(reached):
            return (0, 0), np.zeros((0, 0), np.float32)
        pixels = slice(int(reached[0]), int(reached[-1]) + 1)
        cells = slice(int(first[pixels].min()), int(last[pixels].max()) + 1)
        spans.append((pixels, cells, matrix[pixels, cells]))
    (rows, low_rows, by_row), (columns, low_columns, by_column) = spans
    fine: NDArray[Any] = by_row @ logits[low_rows, low_columns] @ by_column.T
    return (rows.start, columns.start), fine


@lru_cache(64)
def _matrix(
    side: int, within: int
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Return (side, 256) weights, and the first and last one of each row that isn't 0."""
    weights = _bilinear(within, side) @ _bilinear(LOW, SIDE)[:within]
    used = weights > 0
    return weights.astype(np.float32), used.argmax(1), LOW - 1 - used[:, ::-1].argmax(1)


def _bilinear(before: int, after: int) -> NDArray[np.float64]:
    """Return (after, before) weights of linear interpolation between the pixels' centres."""
    at = np.maximum((np.arange(after) + 0.5) * before / after - 0.5, 0)
    low = np.minimum(at.astype(int), before - 1)
    weights = np.zeros((after, before))
    weights[np.arange(after), low] += 1 - (at - low)
    weights[np.arange(after), np.minimum(low + 1, before - 1)] += at - low
    return weights
