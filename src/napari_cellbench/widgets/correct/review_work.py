"""What of a plane of labels is most worth a look: worked out beside the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...corrections.cut_cells import cut_cells
from ...corrections.doubts import At, Doubt, combined
from ...corrections.find_doubts import (
    errors_by_truth,
    low_scores,
    odd_shapes,
    on_plane,
    places_of_results,
)
from ...scoring.agreement import Cells, Pairwise
from ...scoring.disagreement import disagreement

Seams = tuple[Sequence[int], Sequence[int]]
"""Rows and columns at which the tiles of a run end."""


@dataclass(frozen=True, eq=False)
class Overview:
    """What is known of a plane.

    Attributes
    ----------
    ids
        Its cells.
    doubts
        What may be wrong with them.
    source
        What told it, in a sentence.
    """

    ids: Sequence[int]
    doubts: list[Doubt]
    source: str


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a plane besides its cells.

    Attributes
    ----------
    truth : (Y, X) integer
        Errors against it count alone; None where there is none.
    results : (Y, X) integer
        Other results of the image, by name: without a truth, the places where they differ from
        this one and from each other count alone.
    scores
        The method's, one for each cell in ascending order of the ids; None where there are none,
        or the cells are no longer those that they belong to.
    seams
        Where the tiles of the run end.
    """

    truth: NDArray[Any] | None = None
    results: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    scores: Sequence[float] | None = None
    seams: Seams = ((), ())


def look_through(labels: NDArray[Any], known: Known, at: At) -> Overview:
    """List what is most worth a look.

    Parameters
    ----------
    labels : (Y, X) integer
        The plane.
    known
        What is known of it.
    at
        The plane of a stack.
    """
    ids = np.unique(labels[labels != 0])
    found, source = _doubts(labels, known, len(ids))
    return Overview(ids.tolist(), on_plane(found, at), source)


def _doubts(labels: NDArray[Any], known: Known, n: int) -> tuple[list[Doubt], str]:
    if known.truth is not None:
        return errors_by_truth(labels, known.truth), "Errors against the truth."
    if known.results:
        every = [Cells.of(one) for one in (labels, *known.results.values())]
        places = disagreement(Pairwise(every)).places
        names = ", ".join(known.results)
        return places_of_results(places, labels, own=0), f"Places where it differs from {names}."
    found = [*odd_shapes(labels), *cut_cells(labels, *known.seams)]
    if known.scores is not None and len(known.scores) == n:
        found += low_scores(labels, known.scores)
    return combined(found), "Low scores, odd sizes and shapes, and cells that are cut."
