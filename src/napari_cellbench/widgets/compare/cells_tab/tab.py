"""The Cells tab: with a truth, two results cell by cell, and all of them by the cells' shape."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt

from ....corrections.tools import cells_there
from ....errors import InputError
from ....scoring.cell_pairs import CellPairs, cell_pairs
from ...choices import ChoiceBox
from ...jobs.latest import LatestJob
from ...notify import complain
from ...score.view import centre_on
from ..overlay import Overlay, new_marks
from ..planes import Seen
from ..question_tab import QuestionTab
from ..results import Results
from ..settling import settle
from .counts import TIPS
from .form import CellsForm
from .work import Answer, CellsQuestion, CellsWork, Marked, mark

NO_TRUTH = (
    "<b>A ground truth is needed here.</b><br>Choose a truth in the tab Methods: a labels layer of "
    "cells that a person outlined. Without one, see the tab Agreement."
)
NO_RESULT = (
    "<b>No results so far.</b><br>Run methods in the tab Methods. This tab then shows which true "
    "cells each of them finds, and which kinds of cells it misses."
)
HINT = "Click a point or a number, draw around points, or click a cell in the image."


class CellsTab(QuestionTab):
    """Compares results with the truth, cell by cell.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        What is compared.
    """

    answer: Answer | None

    def __init__(self, viewer: Any, results: Results) -> None:
        super().__init__(viewer, results, CellsForm(viewer), CellsWork())
        self.marks = Overlay(viewer, partial(new_marks, name="Picked cells"))
        self.mark_job = LatestJob()
        self.pairs: CellPairs | None = None
        self._picked: list[int] = []
        self._connect()
        self.ask()

    def _question(self, seen: list[Seen], problems: list[str]) -> CellsQuestion | str:
        try:
            truth = self._planes.truth(seen[0]) if seen else None
        except InputError as error:
            return str(error)
        if truth is None:
            return "<br>".join(problems) or (NO_TRUTH if seen else NO_RESULT)
        return CellsQuestion(truth, tuple(seen), self.form.iou.currentData())

    def _forget(self) -> None:
        self.pairs = None
        self.clear_marks()

    def _close(self) -> None:
        self.mark_job.stop()
        self.marks.close_layer()
        self.form.close_form()
        self._viewer.mouse_drag_callbacks.remove(self._pressed)

    def show_cells(self, kind: str) -> None:
        """Mark all cells of a kind; see `cells_counts.TIPS`."""
        answer, pairs = self.answer, self.pairs
        if answer is None or pairs is None:
            return
        if kind in ("false_a", "false_b"):
            box, one = (self.form.a, pairs.a) if kind == "false_a" else (self.form.b, pairs.b)
            self.form.scatter.mark([])
            self._mark(answer.question.seen[box.currentIndex()], one.false, TIPS[kind])
        else:
            self.pick(np.flatnonzero(getattr(pairs, kind)).tolist(), TIPS[kind])

    def pick(self, indices: list[int], title: str = "") -> None:
        """Mark true cells in the plot and in the viewer; none of them removes the marks."""
        if self.answer is None:
            return
        if not indices:
            self.clear_marks()
            return
        self.form.scatter.mark(indices)
        truth = self.answer.question.truth
        ids = self.answer.findings[0].truth_ids[indices]
        self._mark(truth, ids, title or self._describe(indices))
        self._pick(ids.tolist())

    def clear_marks(self) -> None:
        """Remove the marks from plot and viewer."""
        self.mark_job.drop()
        self.marks.hide()
        self.form.scatter.mark([])
        self.form.marked.setText(HINT)
        self.form.clear.setEnabled(False)
        self._pick([])

    def _mark(self, seen: Seen, ids: NDArray[np.int64], title: str) -> None:
        n = len(ids)
        self.form.marked.setText(title if n == 1 else f"{title} ({n:,})")
        self.form.clear.setEnabled(True)
        self._pick([])
        self.mark_job.submit(partial(mark, seen, ids))

    def _pick(self, ids: list[int]) -> None:
        """Take note of the true cells that are marked, by their labels."""
        self._picked = ids
        self.form.set_picked(bool(ids))

    def _settle(self, box: ChoiceBox) -> None:
        """Take over what the result of a box has at the marked true cells."""
        answer = self.answer
        if answer is None or not self._picked:
            return
        seen, truth = answer.question.seen[box.currentIndex()], answer.question.truth
        labels = truth.labels()
        there = np.where(np.isin(labels, self._picked), labels, 0)
        settle(self._viewer, (seen, cells_there(seen.labels(), there)), [(truth, self._picked)])

    def _describe(self, indices: list[int]) -> str:
        answer, pairs = self.answer, self.pairs
        assert answer is not None
        assert pairs is not None
        if len(indices) > 1:
            return "True cells"
        (i,) = indices
        shape = {name: float(values[i]) for name, values in answer.truth.items()}
        return (
            f"True cell {pairs.a.truth_ids[i]}: IoU {pairs.a.best_iou[i]:.2f} in A, "
            f"{pairs.b.best_iou[i]:.2f} in B; {shape['size']:,.0f} px, elongation "
            f"{shape['elongation']:.2f}, convexity {shape['convexity']:.2f}"
        )

    def _show_answer(self, answer: Answer) -> None:
        self.form.offer(answer.question.seen)
        self.form.pages.show_content()
        self.form.bars.show_answer(answer)
        self._show_pairs()

    def _show_pairs(self, *_: object) -> None:
        answer, form, before = self.answer, self.form, self.pairs
        if answer is None:
            return
        chosen = form.a.currentIndex(), form.b.currentIndex()
        self.pairs = cell_pairs(*(answer.findings[row] for row in chosen))
        form.counts.show_pairs(self.pairs)
        names = form.a.currentText(), form.b.currentText()
        form.scatter.show_pairs(self.pairs, names, answer.question.iou)
        form.a.setToolTip(names[0])
        form.b.setToolTip(names[1])
        if before is None or not np.array_equal(before.a.truth_ids, self.pairs.a.truth_ids):
            self.clear_marks()

    def _draw_marks(self, marked: Marked) -> None:
        if self.answer is None:
            return
        self.marks.show(marked.picture, marked.seen)
        centre_on(self._viewer, marked.seen.layer, marked.seen.plane, marked.box)

    def _pressed(self, viewer: Any, event: Any) -> None:
        """Mark the point of the true cell that was clicked in the viewer."""
        answer, pairs = self.answer, self.pairs
        if answer is None or pairs is None or not self.isVisible() or event.button != 1:
            return
        truth = answer.question.truth
        position = truth.layer.world_to_data(event.position[-truth.layer.ndim :])
        row, column = (round(float(value)) for value in position[-2:])
        height, width = truth.plane.shape
        if not (0 <= row < height and 0 <= column < width):
            return
        pixel = slice(row, row + 1), slice(column, column + 1)
        (found,) = np.nonzero(pairs.a.truth_ids == truth.plane.read(pixel)[0, 0])
        self.form.scatter.mark(found.tolist())
        self._pick(pairs.a.truth_ids[found].tolist())
        self.form.marked.setText(self._describe(found.tolist()) if len(found) else HINT)

    def _connect(self) -> None:
        form = self.form
        form.iou.currentIndexChanged.connect(self.ask)
        form.a.currentIndexChanged.connect(self._show_pairs)
        form.b.currentIndexChanged.connect(self._show_pairs)
        form.counts.chosen.connect(self.show_cells)
        form.scatter.picked.connect(self.pick)
        form.clear.clicked.connect(self.clear_marks)
        form.a_right.clicked.connect(lambda *_: self._settle(form.a))
        form.b_right.clicked.connect(lambda *_: self._settle(form.b))
        self.marks.removed.connect(self.clear_marks)
        self.mark_job.delivered.connect(self._draw_marks, Qt.ConnectionType.QueuedConnection)
        self.mark_job.failed.connect(complain)
        self._viewer.mouse_drag_callbacks.append(self._pressed)
