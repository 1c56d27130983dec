"""What the Agreement tab computes; nothing here knows Qt, all of it runs in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....scoring.agreement import Cells, Pairwise
from ....scoring.consensus import Consensus, consensus
from ....scoring.counts import THRESHOLDS
from ....scoring.disagreement import Disagreement, disagreement
from ..planes import Seen

METRICS = {"f1": "F1", "ap": "COCO AP"}


@dataclass(frozen=True, eq=False)
class AgreementQuestion:
    """What is compared.

    Attributes
    ----------
    seen
        Two results or more, of one size.
    metric
        Key of `METRICS`.
    iou
        One of `THRESHOLDS`.
    """

    seen: tuple[Seen, ...]
    metric: str
    iou: float


@dataclass(frozen=True, eq=False)
class Answer:
    """How far the results of a question agree.

    Attributes
    ----------
    matrix : (N, N) float64
        The metric; see `Pairwise.f1` and `Pairwise.ap`.
    """

    question: AgreementQuestion
    matrix: NDArray[np.float64]
    consensus: Consensus
    disagreement: Disagreement


class AgreementWork:
    """Answers questions; what did not change since the last one isn't computed again."""

    def __init__(self) -> None:
        self._read_before: dict[Any, tuple[Cells, tuple[float, ...] | None]] = {}
        self._pairwise: Pairwise | None = None
        self._known: tuple[Pairwise, float, Consensus, Disagreement] | None = None

    def answer(self, question: AgreementQuestion, report: Callable[[Answer], None]) -> None:
        """Compute the answer and report it.

        Raises
        ------
        InputError
            If a layer holds no labels.
        """
        cells = tuple(self._read(seen) for seen in question.seen)
        self._read_before = {
            seen.layer: (one, seen.shown.scores)
            for seen, one in zip(question.seen, cells, strict=True)
        }
        if self._pairwise is None or self._pairwise.cells != cells:
            self._pairwise = Pairwise(cells, self._pairwise)
        pairwise = self._pairwise
        matrices = pairwise.f1() if question.metric == "f1" else pairwise.ap()
        known = self._known
        if known is None or known[0] is not pairwise or known[1] != question.iou:
            found = consensus(pairwise, question.iou), disagreement(pairwise, question.iou)
            known = self._known = (pairwise, question.iou, *found)
        report(Answer(question, matrices[THRESHOLDS.index(question.iou)], *known[2:]))

    def _read(self, seen: Seen) -> Cells:
        labels, scores = seen.labels(), seen.shown.scores
        before, their_scores = self._read_before.get(seen.layer, (None, None))
        if before is not None and scores == their_scores:
            shown = np.append(0, before.ids).astype(labels.dtype)
            if np.array_equal(np.take(shown, before.numbers), labels):
                return before
        cells = Cells.of(labels)
        # Once a person has added or removed a cell, all count with 1, as in the Score widget.
        return cells if scores is None or len(scores) != len(cells) else Cells.of(labels, scores)
