"""Where doubts come from: a truth, other results, scores, the other cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..morphology import shape_features
from ..scoring.cell_errors import CellError, cell_errors
from ..scoring.disagreement import Place
from ..scoring.errors import object_errors
from ..scoring.overlap import overlap
from .delete import edge_cells
from .doubts import Doubt
from .lookup import CellTable, check_plane, joined, region_of

Float64 = NDArray[np.float64]

ODD = 3.5
"""Modified z-score beyond which a value is odd. Source: Iglewicz and Hoaglin, *How to Detect and
Handle Outliers*, 1993."""
COMPARABLE = 8
"""Cells that it takes to say what is usual."""

ERRORS = {
    "missed": ("Missed: no cell where the truth has one", 1.0),
    "extra": ("Not in the truth", 0.9),
    "split": ("Split: one cell in the truth, {n} here", 0.95),
    "merged": ("Merged: {m} cells in the truth, one here", 0.95),
    "mixed": ("Divided differently: {m} cells in the truth, {n} here", 1.0),
    "outline": ("Outlined differently from the truth, IoU {iou:.2f}", 0.0),
}


def errors_by_truth(labels: NDArray[Any], truth: NDArray[Any], iou: float = 0.5) -> list[Doubt]:
    """List the errors that the score panel lists.

    Parameters
    ----------
    labels, truth : (Y, X) integer
    iou
        At which cells match.

    Raises
    ------
    InputError
        If the sizes differ, or one is no plane of labels.

    Examples
    --------
    >>> import numpy as np
    >>> truth, labels = np.zeros((2, 6, 6), int)
    >>> truth[1:4, 1:4] = 1
    >>> [(one.kind, one.cells, one.place) for one in errors_by_truth(labels, truth)]
    [('missed', (), (2.0, 2.0))]
    """
    check_plane(labels)
    check_plane(truth)
    both = overlap(truth, labels)
    # What reaches the threshold matches, as in the score panel.
    errors = cell_errors(object_errors(both, cutoff1=1 - iou + 1e-9), both)
    here, there = CellTable.of(labels), CellTable.of(truth)
    return [_of_error(error, here, there) for error in errors]


def places_of_results(
    places: Iterable[Place], labels: NDArray[Any], own: int | None = None
) -> list[Doubt]:
    """Take over the places where several results differ.

    Parameters
    ----------
    places
        Of a `Disagreement`.
    labels : (Y, X) integer
        What is corrected; a place concerns its cells of which half lie in it.
    own
        Number of the result that it came from, if it is among them. The more of the others have
        another number of cells there, the more doubtful it is; else, the less they agree.
    """
    table = CellTable.of(labels)
    tops, lefts, bottoms, rights = table.boxes.T
    sizes = (bottoms - tops) * (rights - lefts)
    found = []
    for place in places:
        top, left, bottom, right = place.box
        height = np.minimum(bottoms, bottom) - np.maximum(tops, top)
        width = np.minimum(rights, right) - np.maximum(lefts, left)
        inside = (height > 0) & (width > 0) & (2 * height * width >= sizes)
        near = table.ids[inside].tolist()
        here = set(np.unique(labels[region_of(place.box)]).tolist())
        found.append(
            Doubt(
                place.kind,
                tuple(cell for cell in near if cell in here),
                place.box,
                place.describe(),
                max(_dissent(place.counts, own), float(np.clip(1 - place.iou, 0, 1))),
                round(place.disputed),
            )
        )
    return found


def low_scores(
    labels: NDArray[Any],
    scores: Mapping[int, float] | ArrayLike,
    below: float | None = None,
) -> list[Doubt]:
    """List the cells of which the method was least sure.

    Parameters
    ----------
    labels : (Y, X) integer
    scores
        By id, or one for each cell in ascending order of the ids.
    below
        Scores that are low; by default those far below the others'.

    Raises
    ------
    InputError
        If there are not as many as cells.
    """
    table = CellTable.of(labels)
    if isinstance(scores, Mapping):
        values = np.array([float(scores.get(cell, np.nan)) for cell in table.ids.tolist()])
    else:
        values = np.asarray(scores, float)
        if values.shape != (len(table),):
            raise InputError(f"{len(table)} cells but {values.size} scores.")
    z = robust_z(values, 0.01)
    low = z < -ODD if below is None else values < below
    usual = np.nanmedian(values) if np.isfinite(values).any() else np.nan
    return [
        Doubt(
            "score",
            (int(table.ids[k]),),
            table.box(int(table.ids[k])),
            f"The method was unsure: score {values[k]:.2f}, usually {usual:.2f}",
            # As doubtful as the score is low, where it is a probability.
            float(np.clip(1 - values[k], 0, 1)) if below is not None else _doubt(z[k]),
            int(table.areas[k]),
        )
        for k in np.flatnonzero(low)
    ]


def odd_shapes(labels: NDArray[Any]) -> list[Doubt]:
    """List cells whose size or outline differs much from the others'.

    Sizes are compared by their logarithm, outlines by their convexity (`shape_features`). Cells at
    the image's edge are left out, since they are cut.

    Parameters
    ----------
    labels : (Y, X) integer
    """
    table, features = CellTable.of(labels), shape_features(labels)
    inside = ~np.isin(table.ids, edge_cells(labels))
    size, convexity = table.areas.astype(float), features["convexity"]
    z_size = robust_z(np.where(inside, np.log(np.maximum(size, 1)), np.nan), 0.1)
    z_shape = robust_z(np.where(inside, convexity, np.nan), 0.01)
    usual = [np.median(values[inside]) if inside.any() else 0 for values in (size, convexity)]
    found = []
    for k in np.flatnonzero(np.abs(z_size) > ODD).tolist():
        how = "Small" if z_size[k] < 0 else "Large"
        reason = f"{how}: {size[k]:,.0f} px, usually {usual[0]:,.0f}"
        found.append(_of_cell("size", table, k, reason, z_size[k]))
    for k in np.flatnonzero(z_shape < -ODD).tolist():
        reason = f"Ragged or dented: convexity {convexity[k]:.2f}, usually {usual[1]:.2f}"
        found.append(_of_cell("shape", table, k, reason, z_shape[k]))
    return found


def on_plane(doubts: Iterable[Doubt], at: tuple[int, ...]) -> list[Doubt]:
    """Return doubts about a plane of a stack, found on the plane by itself."""
    return [replace(one, at=at) for one in doubts]


def robust_z(values: Float64, least: float) -> Float64:
    """Return by how much values are odd: distance to the median by that which is usual.

    Parameters
    ----------
    values : (N,) float64
        NaN are left out.
    least
        The usual distance at least, so that no trifle is odd where all are alike.

    Returns
    -------
    (N,) float64
        Modified z-scores; 0 for NaN, and for fewer than `COMPARABLE` values.

    Examples
    --------
    >>> robust_z(np.array([1, 2, 3, 4, 5, 6, 7, 8, 100.0]), 0.1).round(1).tolist()
    [-1.3, -1.0, -0.7, -0.3, 0.0, 0.3, 0.7, 1.0, 32.0]
    """
    known = np.isfinite(values)
    if known.sum() < COMPARABLE:
        return np.zeros(len(values))
    middle = np.median(values[known])
    usual = max(float(np.median(np.abs(values[known] - middle))), least)
    return np.where(known, 0.6745 * (np.where(known, values, middle) - middle) / usual, 0.0)


def _dissent(counts: Sequence[int], own: int | None) -> float:
    """Return which part of the results differs from ours, or twice that from the most common."""
    if own is not None:
        return sum(count != counts[own] for count in counts) / max(1, len(counts) - 1)
    (_, most), *_ = Counter(counts).most_common(1)
    return min(1.0, 2 * (1 - most / len(counts)))


def _of_error(error: CellError, here: CellTable, there: CellTable) -> Doubt:
    words, doubt = ERRORS[error.kind]
    boxes = [here.box(cell) for cell in error.prediction]
    boxes += [there.box(cell) for cell in error.truth]
    if error.iou is not None:
        doubt = 1 - error.iou
    iou = 0.0 if error.iou is None else error.iou
    reason = words.format(m=len(error.truth), n=len(error.prediction), iou=iou)
    return Doubt(error.kind, error.prediction, joined(boxes), reason, doubt, error.size)


def _of_cell(kind: str, table: CellTable, k: int, reason: str, z: float) -> Doubt:
    cell = int(table.ids[k])
    return Doubt(kind, (cell,), table.box(cell), reason, _doubt(z), int(table.areas[k]))


def _doubt(z: float) -> float:
    """Return how doubtful something odd is: 0.5 at the limit, 1 beyond all measure."""
    return float(abs(z) / (abs(z) + ODD))
