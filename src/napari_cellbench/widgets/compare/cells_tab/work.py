"""What the Cells tab computes; nothing here knows Qt, all of it runs in a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....morphology.shape import shape_features
from ....scoring.cell_pairs import Finding, finding
from ....scoring.overlap import overlap
from ..planes import Seen

Labels = NDArray[np.int32]
Features = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class CellsQuestion:
    """What is compared.

    Attributes
    ----------
    truth
        The truth.
    seen
        Results of its size.
    iou
        From which on a cell counts as found.
    """

    truth: Seen
    seen: tuple[Seen, ...]
    iou: float


@dataclass(frozen=True, eq=False)
class Answer:
    """What the results of a question make of the true cells.

    Attributes
    ----------
    truth
        Shapes of the true cells; see `shape_features`.
    findings, features
        Of each result.
    """

    question: CellsQuestion
    truth: Features
    findings: tuple[Finding, ...]
    features: tuple[Features, ...]


@dataclass(frozen=True, eq=False)
class Marked:
    """Cells to be shown.

    Attributes
    ----------
    seen
        Whose cells.
    picture : (Y, X) uint8
        1 on the cells.
    box : (2, 2) float64
        Outer corners of all of them, in pixels.
    """

    seen: Seen
    picture: NDArray[np.uint8]
    box: NDArray[np.float64]


class CellsWork:
    """Answers questions; shapes are measured again only where a layer has changed."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Labels, Features]] = {}

    def answer(self, question: CellsQuestion, report: Callable[[Answer], None]) -> None:
        """Compute the answer and report it.

        Raises
        ------
        InputError
            If a layer holds no labels.
        """
        known = {seen.layer: self._measured(seen) for seen in (question.truth, *question.seen)}
        self._known = known
        truth, true_features = known[question.truth.layer]
        findings = tuple(
            finding(overlap(truth, known[seen.layer][0]), question.iou) for seen in question.seen
        )
        features = tuple(known[seen.layer][1] for seen in question.seen)
        report(Answer(question, true_features, findings, features))

    def _measured(self, seen: Seen) -> tuple[Labels, Features]:
        labels, before = seen.labels(), self._known.get(seen.layer)
        if before is not None and np.array_equal(before[0], labels):
            return before
        return labels, shape_features(labels)


def mark(seen: Seen, ids: NDArray[np.int64], report: Callable[[Marked], None]) -> None:
    """Draw some cells of a layer; nothing is reported if they are gone by now."""
    there = np.isin(seen.labels(), ids)
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if len(rows):
        box = np.array([[rows[0], columns[0]], [rows[-1] + 1, columns[-1] + 1]]) - 0.5
        report(Marked(seen, there.astype(np.uint8), box))
