"""Looking through a plane of cells: what is doubtful, what a person says, where the camera goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from qtpy.QtCore import QObject, Signal

from ...corrections.doubts import Doubt
from ...corrections.edit import Edit
from ...corrections.review import CellState, Change, Review
from ...data.source import Plane
from ..jobs.latest import LatestJob, Report
from ..layers.proxies import itself
from ..notify import complain
from ..score.view import centre_on
from .plane import LabelsPlane
from .review_box import ReviewBox
from .review_known import known_of
from .review_work import Overview, look_through

MARGIN = 0.5
"""Around a place that the camera goes to, in pixels: boxes end between pixels."""


@dataclass(frozen=True, eq=False)
class Edited:
    """An edit of a plane, as a step."""

    plane: LabelsPlane
    edit: Edit
    shape: tuple[int, ...]

    def would_fit(self, edit: Edit) -> bool:
        """Return whether an edit could be done there now."""
        data = self.plane.layer.data
        return data.shape == self.shape and edit.fits(self.plane.labels)


@dataclass(frozen=True, eq=False)
class Step:
    """What a decision, or an edit, said of cells."""

    change: Change
    by: Edited | None = None


class Reviewing(QObject):
    """Keeps the states of the cells of one labels layer, in step with the edits.

    Parameters
    ----------
    viewer
        napari's viewer.
    box
        Shows the list.

    Signals
    -------
    edited(layer, what, cells, at)
        A tool has changed a plane of a layer.
    decided(layer, what, cells, at)
        States of cells of a plane are others now.
    """

    edited = Signal(object, str, object, object)
    decided = Signal(object, str, object, object)

    def __init__(self, viewer: Any, box: ReviewBox) -> None:
        super().__init__()
        self._viewer, self._box = viewer, box
        self._layer: Any = None
        self._plane: LabelsPlane | None = None
        self._doubts: list[Doubt] = []
        self._steps: list[Step] = []
        self._undone: list[Edited] = []
        self.reviews: WeakKeyDictionary[Any, Review] = WeakKeyDictionary()
        self.review: Review | None = None
        self.job = LatestJob()
        self.job.delivered.connect(self._show)
        self.job.failed.connect(complain)
        box.chosen.connect(self.go_to)
        box.decided.connect(self._decide)

    def look(self, plane: LabelsPlane) -> None:
        """List what is worth a look on a plane."""
        review = self.reviews.setdefault(itself(plane.layer), Review())
        if plane.layer is not self._layer or review is not self.review:
            self._layer, self.review = plane.layer, review
            self._steps, self._undone = [], []
        self._plane = plane
        labels, known = plane.labels.copy(), known_of(self._viewer, plane)

        def work(report: Report) -> None:
            report(look_through(labels, known, plane.leading))

        self.job.submit(work)

    def note(self, plane: LabelsPlane, edit: Edit) -> None:
        """Take note of an edit: its cells are corrected, or gone."""
        if self.review is not None and plane.layer is self._layer:
            self._undone.clear()
            by = Edited(plane, edit, plane.layer.data.shape)
            self._steps.append(Step(self.review.note(edit, plane.leading), by))
            self._box.show_review(self._doubts, self.review)
        self.edited.emit(plane.layer, edit.what, edit.changed_ids, plane.leading)

    def take_back(self) -> bool:
        """Take the last decision back; return whether it came after all edits."""
        if self.review is None or not self._steps or self._steps[-1].by is not None:
            return False
        self.review.take_back(self._steps.pop().change)
        self._box.show_review(self._doubts, self.review)
        self.decided.emit(self._layer, "Decision taken back", (), ())
        return True

    def catch_up(self) -> None:
        """Follow undo and redo, by whatever key: what an edit said holds as long as the edit does.

        Decisions that came after it stay.
        """
        if self.review is None:
            return
        last = next((one for one in reversed(self._steps) if one.by is not None), None)
        undone = self._undone[-1] if self._undone else None
        if last is not None and last.by is not None and last.by.would_fit(last.by.edit):
            self._steps.remove(last)
            self._undone.append(last.by)
            self.review.take_back(last.change)
        elif undone is not None and undone.would_fit(undone.edit.inverse()):
            self._undone.pop()
            change = self.review.note(undone.edit, undone.plane.leading)
            self._steps.append(Step(change, undone))
        else:
            return
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
            self._doubts, self._steps, self._undone = [], [], []
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
            self._steps.append(Step(self.review.settle(doubt, state)))
            self._box.show_review(self._doubts, self.review)
            self.decided.emit(self._layer, state.value.capitalize(), doubt.cells, doubt.at)
