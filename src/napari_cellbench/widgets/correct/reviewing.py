"""Looking through a plane of cells: what is doubtful, what a person says, where the camera goes."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtCore import QObject

from ...corrections.doubts import Doubt
from ...corrections.edit import Edit
from ...corrections.review import CellState, Change, Review
from ...data.source import Plane
from ..jobs.latest import LatestJob, Report
from ..notify import complain
from ..score.view import centre_on
from .plane import LabelsPlane
from .review_box import ReviewBox
from .review_known import known_of
from .review_work import Overview, look_through

MARGIN = 0.5
"""Around a place that the camera goes to, in pixels: boxes end between pixels."""


class Reviewing(QObject):
    """Keeps the states of the cells of one labels layer, in step with the edits.

    Parameters
    ----------
    viewer
        napari's viewer.
    box
        Shows the list.
    """

    def __init__(self, viewer: Any, box: ReviewBox) -> None:
        super().__init__()
        self._viewer, self._box = viewer, box
        self._layer: Any = None
        self._plane: LabelsPlane | None = None
        self._doubts: list[Doubt] = []
        self._changes: list[Change] = []
        self.review: Review | None = None
        self.job = LatestJob()
        self.job.delivered.connect(self._show)
        self.job.failed.connect(complain)
        box.chosen.connect(self.go_to)
        box.decided.connect(self._decide)

    def look(self, plane: LabelsPlane) -> None:
        """List what is worth a look on a plane."""
        if plane.layer is not self._layer:
            self._layer, self.review = plane.layer, Review()
            self._changes.clear()
        self._plane = plane
        labels, known = plane.labels.copy(), known_of(self._viewer, plane)

        def work(report: Report) -> None:
            report(look_through(labels, known, plane.leading))

        self.job.submit(work)

    def note(self, plane: LabelsPlane, edit: Edit) -> None:
        """Take note of an edit: its cells are corrected, or gone."""
        if self.review is not None and plane.layer is self._layer:
            self._changes.append(self.review.note(edit, plane.leading))
            self._box.show_review(self._doubts, self.review)

    def take_back(self) -> None:
        """Forget what the last edit said."""
        if self.review is not None and self._changes:
            self.review.take_back(self._changes.pop())
            self._box.show_review(self._doubts, self.review)

    def go_to(self, doubt: Doubt) -> None:
        """Move the camera to a doubt, and choose its cell."""
        plane = self._plane
        if plane is None or plane.layer not in self._viewer.layers:
            return
        top, left, bottom, right = doubt.box
        corners = np.array([[top, left], [bottom, right]], np.float64) - MARGIN
        centre_on(self._viewer, plane.layer, Plane(plane.layer.data, plane.leading), corners)
        if doubt.cells:
            plane.layer.selected_label = doubt.cells[0]

    def forget(self, layer: Any) -> None:
        """Begin anew unless this is the layer in hand."""
        if layer is not self._layer:
            self._layer = self._plane = self.review = None
            self._doubts, self._changes = [], []
            self.job.drop()
            self._box.show_review([], None)
            self._box.show_source("")

    def close(self) -> None:
        """Stop what is worked out."""
        self.job.stop()

    def _show(self, found: Overview) -> None:
        if self.review is None or self._plane is None:
            return
        self.review.meet(found.ids, self._plane.leading)
        self._doubts = found.doubts
        self._box.show_source(found.source)
        self._box.show_review(found.doubts, self.review)

    def _decide(self, doubt: Doubt, state: CellState) -> None:
        if self.review is not None:
            self._changes.append(self.review.settle(doubt, state))
            self._box.show_review(self._doubts, self.review)
