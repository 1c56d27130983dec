"""What of a plane of labels is most worth a look: worked out beside the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...corrections.cut_cells import cut_cells
from ...corrections.doubts import At, Doubt, combined
from ...corrections.find_doubts import errors_by_truth, low_scores, odd_shapes, on_plane


@dataclass(frozen=True, eq=False)
class Overview:
    """What is known of a plane.

    Attributes
    ----------
    ids
        Its cells.
    doubts
        What may be wrong with them.
    by_truth
        Whether a truth told it.
    """

    ids: Sequence[int]
    doubts: list[Doubt]
    by_truth: bool


def look_through(
    labels: NDArray[Any],
    truth: NDArray[Any] | None,
    scores: Sequence[float] | None,
    at: At,
) -> Overview:
    """List what is most worth a look.

    Parameters
    ----------
    labels, truth : (Y, X) integer
        The plane, and its truth where there is one: errors against it count alone then.
    scores
        The method's, one for each cell in ascending order of the ids; None where there are none,
        or the cells are no longer those that they belong to.
    at
        The plane of a stack.
    """
    ids = np.unique(labels[labels != 0])
    if truth is not None and truth.shape == labels.shape:
        return Overview(ids.tolist(), on_plane(errors_by_truth(labels, truth), at), True)
    found = [*odd_shapes(labels), *cut_cells(labels)]
    if scores is not None and len(scores) == len(ids):
        found += low_scores(labels, scores)
    return Overview(ids.tolist(), on_plane(combined(found), at), False)
