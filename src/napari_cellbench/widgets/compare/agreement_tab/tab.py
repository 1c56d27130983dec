"""The Agreement tab: how far results agree, what they have in common, where they differ."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ....scoring.disagreement import Place
from ...notify import tell
from ...score.view import centre_on
from ..overlay import Overlay, new_marks
from ..planes import Seen
from ..question_tab import QuestionTab
from ..results import Results
from ..settling import settle
from .form import AgreementForm
from .layers import (
    NOT_TRUTH,
    consensus_name,
    describe_consensus,
    new_consensus,
    new_disagreement,
)
from .work import METRICS, AgreementQuestion, AgreementWork, Answer

EMPTY = (
    "<b>No ground truth is needed here.</b><br>Agreement compares results with each other. Run two "
    "methods or more in the tab Methods, and this shows how far they agree, which cells they have "
    "in common, and where they differ."
)
ONE = (
    "<b>One result so far.</b><br>Agreement compares results with each other: run a second method "
    "in the tab Methods."
)
BORDER = 4
"""The frame lies so many pixels around a place."""


class AgreementTab(QuestionTab):
    """Compares all results with each other.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        What is compared.
    """

    answer: Answer | None

    def __init__(self, viewer: Any, results: Results) -> None:
        super().__init__(viewer, results, AgreementForm(viewer), AgreementWork())
        self._results = results
        self.consensus = Overlay(viewer, new_consensus)
        self.disagreement = Overlay(viewer, new_disagreement)
        self.frame = Overlay(viewer, partial(new_marks, name="Place"))
        self._connect()
        self.ask()

    def _question(self, seen: list[Seen], problems: list[str]) -> AgreementQuestion | str:
        if len(seen) < 2:
            return "<br>".join([ONE if seen else EMPTY, *problems])
        return AgreementQuestion(
            tuple(seen), self.form.metric.currentData(), self.form.iou.currentData()
        )

    def _close(self) -> None:
        self.consensus.close_layer()
        self.disagreement.close_layer()
        self.frame.close_layer()
        self.form.heat.close_plot()

    def use_as_truth(self) -> None:
        """Keep the consensus as a layer, and compare everything with it."""
        layer = self._keep(truth=True)
        if layer is not None:
            self._results.set_truth(layer)
            tell(f"{layer.name} now stands in for a truth. {NOT_TRUTH}")

    def keep(self) -> None:
        """Keep the consensus as a layer of the user's."""
        self._keep(truth=False)

    def _keep(self, *, truth: bool) -> Any | None:
        if self.answer is None:
            return None
        if self.consensus.layer is None:
            self._draw_consensus()
        layer = self.consensus.give_away()
        assert layer is not None
        layer.name = consensus_name(self.answer, self.form.votes.value(), truth=truth)
        layer.editable = True
        self.form.show_consensus.setChecked(False)
        return layer

    def _show_answer(self, answer: Answer) -> None:
        names = [seen.name for seen in answer.question.seen]
        self.form.show_answer(answer, names)
        if self.form.places.place() is None:
            self.frame.hide()
        self._show_consensus()
        self._show_disagreement()

    def _show_consensus(self, *_: object) -> None:
        if self.answer is not None:
            self.form.count_consensus(self.answer)
        if self.answer is not None and self.form.show_consensus.isChecked():
            self._draw_consensus()
        else:
            self.consensus.hide()

    def _draw_consensus(self) -> None:
        answer = self.answer
        assert answer is not None
        k = self.form.votes.value()
        self.consensus.show(answer.consensus.at(k), answer.question.seen[0])
        describe_consensus(self.consensus.layer, answer, k)

    def _show_disagreement(self, *_: object) -> None:
        if self.answer is not None and self.form.show_disagreement.isChecked():
            picture = self.answer.disagreement.picture
            self.disagreement.show(picture, self.answer.question.seen[0])
        else:
            self.disagreement.hide()

    def _forget(self) -> None:
        self.form.show_consensus.setChecked(False)
        self.form.show_disagreement.setChecked(False)
        self.frame.hide()

    def _hover(self, row: int, column: int) -> None:
        self.form.caption.setText(self._caption(row, column))

    def _caption(self, row: int, column: int) -> str:
        answer = self.answer
        if answer is None:
            return ""
        metric, iou = answer.question.metric, answer.question.iou
        if row < 0:
            return METRICS_IN_WORDS[metric]
        names = [seen.name for seen in answer.question.seen]
        value = answer.matrix[row, column]
        text = "not defined, there are no cells" if np.isnan(value) else f"{value:.3f}"
        pair = (
            f"{names[row]} and {names[column]}"
            if metric == "f1"
            else f"{names[column]} with {names[row]} as truth"
        )
        return f"{METRICS[metric]} at IoU {iou:.2f}, {pair}: {text}"

    def _select(self, row: int, column: int) -> None:
        """Select the layers of a pair, and show them."""
        if self.answer is None:
            return
        seen = self.answer.question.seen
        layers = [seen[row].layer, seen[column].layer]
        for layer in layers:
            layer.visible = True
        self._viewer.layers.selection = layers

    def _go_to(self, place: Place) -> None:
        """Centre the view on a place, with a frame around it."""
        if self.answer is None:
            return
        seen = self.answer.question.seen[0]
        picture = np.zeros(seen.plane.shape, np.uint8)
        top, left = (max(0, low - BORDER) for low in place.box[:2])
        bottom, right = (high + BORDER for high in place.box[2:])
        picture[top:bottom, left:right] = 1
        picture[top + 1 : bottom - 1, left + 1 : right - 1] = 0
        self.frame.show(picture, seen)
        box = np.array(place.box, float).reshape(2, 2) - 0.5
        centre_on(self._viewer, seen.layer, seen.plane, box)

    def _settle(self, place: Place, number: int) -> None:
        """Take over what the result that is right has at a place."""
        if self.answer is not None:
            parts = list(zip(self.answer.question.seen, place.cells, strict=True))
            settle(self._viewer, parts[number], parts)

    def _connect(self) -> None:
        form = self.form
        form.metric.currentIndexChanged.connect(self.ask)
        form.iou.currentIndexChanged.connect(self.ask)
        form.heat.hovered.connect(self._hover)
        form.heat.clicked.connect(self._select)
        form.votes.valueChanged.connect(self._show_consensus)
        form.show_consensus.toggled.connect(self._show_consensus)
        form.show_disagreement.toggled.connect(self._show_disagreement)
        form.keep.clicked.connect(self.keep)
        form.use_as_truth.clicked.connect(self.use_as_truth)
        form.places.chosen.connect(self._go_to)
        form.places.settled.connect(self._settle)
        self.consensus.removed.connect(partial(form.show_consensus.setChecked, False))
        self.disagreement.removed.connect(partial(form.show_disagreement.setChecked, False))


METRICS_IN_WORDS = {
    "f1": "F1: the part of the cells that two results have in common. Click a pair to see it.",
    "ap": "COCO AP with the row as truth and the column scored, ranked by its confidences where it "
    "has any. Click a pair to see it.",
}
"""What the map shows while the pointer is elsewhere."""
