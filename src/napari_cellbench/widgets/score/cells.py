"""The cell under the pointer: how well it is found, and its shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.source import Plane
from ...morphology.shape import shape_features
from ...scoring.overlap import Overlap

WINDOW = 32
"""A cell is first looked for so many pixels around the pointer."""


def describe(overlap: Overlap, truth: Plane, prediction: Plane, pixel: tuple[int, int]) -> str:
    """Return IoU, area, elongation and convexity of the cell at a pixel, or an empty text.

    The predicted cell if there is one, else the true one.
    """
    row, column = pixel
    for side, plane, ids, index in (
        ("", prediction, overlap.prediction_ids, overlap.prediction_index),
        ("true ", truth, overlap.truth_ids, overlap.truth_index),
    ):
        cell = int(plane.read((slice(row, row + 1), slice(column, column + 1)))[0, 0])
        if cell > 0:
            best = overlap.iou[index == np.searchsorted(ids, cell)].max(initial=0)
            shape = shape_features(_cut_out(plane, cell, row, column))
            return (
                f"{side}cell {cell}: IoU {best:.2f}, area {shape['size'][0]:,} px, "
                f"elongation {shape['elongation'][0]:.2f}, "
                f"convexity {shape['convexity'][0]:.2f}"
            )
    return ""


def _cut_out(plane: Plane, cell: int, row: int, column: int) -> NDArray[np.bool_]:
    """Return the cell at a pixel in a window that is just large enough to hold it."""
    height, width = plane.shape
    half = WINDOW
    while True:
        top, bottom = max(0, row - half), min(height, row + half)
        left, right = max(0, column - half), min(width, column + half)
        found = plane.read((slice(top, bottom), slice(left, right))) == cell
        cut = (
            (top > 0 and found[0].any())
            or (bottom < height and found[-1].any())
            or (left > 0 and found[:, 0].any())
            or (right < width and found[:, -1].any())
        )
        if not cut:
            return found
        half *= 2
