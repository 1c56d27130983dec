"""Carrying the chosen cells on to the next planes: proposals are looked at, then written or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from ...corrections.carry import Proposal
from ...errors import CellbenchError, InputError, sentence
from ..notify import complain
from .at_work import AtWork
from .carry_run import CarryOrder, CarryRun
from .form import CorrectForm
from .plane import LabelsPlane
from .preview import Preview, outline_of
from .sight import Sight


class Carrying(QObject):
    """Proposals for one labels layer.

    Parameters
    ----------
    viewer
        napari's viewer.
    form
        Shows them, and which cells are chosen.
    work
        Writes what is accepted.
    sight
        Returns what the network is to see, or raises an `InputError`.

    Signals
    -------
    said(text)
        Why nothing is carried on, or written.
    """

    said = Signal(str)

    def __init__(
        self, viewer: Any, form: CorrectForm, work: AtWork, sight: Callable[[], Sight]
    ) -> None:
        super().__init__()
        self._viewer, self._form, self._work, self._sight = viewer, form, work, sight
        self._box = box = form.carry
        self._layer: Any = None
        self._plane: LabelsPlane | None = None
        self._axis = 0
        self.preview = Preview(viewer)
        box.asked.connect(self.start)
        box.chosen.connect(self._go_to)
        box.accepted.connect(self.accept)
        box.discarded.connect(self.discard)
        viewer.dims.events.current_step.connect(self._show)

    def follow(self, layer: Any) -> None:
        """Offer to carry on cells of this layer from now on; None for none."""
        n = 0 if layer is None or layer.multiscale else layer.ndim - 2
        self._box.show_axes([] if layer is None else list(map(str, layer.axis_labels[:n])))
        if layer is not self._layer:
            self._layer = layer
            self._drop()

    def start(self, step: int) -> None:
        """Look for the chosen cells on the next planes, forwards by 1, backwards by -1."""
        if self._box.runs.run is not None or self._layer is None:
            return
        try:
            order = self._order(step)
        except CellbenchError as error:
            self.said.emit(str(error))
            return
        self._drop()
        self.preview.follow(self._layer)
        run = CarryRun(order)
        self._box.runs.follow(run)
        self._box.set_ready(False)
        run.proposed.connect(self._take)
        run.failed.connect(self._fail)
        run.returned.connect(self._finish)
        run.ended.connect(lambda: self._box.set_ready(True))
        run.start()

    def accept(self, proposals: list[Proposal]) -> None:
        """Write proposals, each as one step of the layer's undo."""
        written = []
        try:
            for one in proposals:
                if one.edit is not None:
                    self._work.change(self._at(one.plane), one.edit, chooses=False)
                written.append(one)
        except CellbenchError as error:
            self.said.emit(f"Plane {one.plane}: {error}")
        self._box.remove(written)
        self._show()

    def discard(self, proposals: list[Proposal]) -> None:
        """Forget proposals; what would follow from them isn't looked for."""
        if self._box.runs.run is not None:
            self._box.runs.cancel()
        self._box.remove(proposals)
        self._show()

    def close(self) -> None:
        """Stop, and follow the viewer no longer."""
        self._viewer.dims.events.current_step.disconnect(self._show)
        self._drop()

    def _order(self, step: int) -> CarryOrder:
        layer = self._layer
        plane = LabelsPlane.shown(self._viewer, layer)
        self._plane, self._axis = plane, max(0, self._box.axis.currentIndex())
        # What napari has as its label is chosen only once a person has seen that here.
        cells = [cell for cell in self._work.chosen_cells(plane) if cell in self._form.cells]
        if not cells:
            raise InputError("Choose a cell to carry on: click it with Choose.")
        start, n = plane.leading[self._axis], layer.data.shape[self._axis]
        if not 0 <= start + step < n:
            raise InputError("There is no next plane.")
        sight, limit = self._sight(), self._box.limit.value()
        numbers = range(start, n if step > 0 else -1, step)[: limit + 1]
        planes = {number: self._at(number) for number in numbers}
        return CarryOrder(
            cells,
            {number: one.labels for number, one in planes.items()},
            {number: sight.source(one) for number, one in planes.items()},
            sight.of.roles,
            sight.setup(),
            start,
            step,
            limit,
            n,
        )

    def _at(self, number: int) -> LabelsPlane:
        """Return a plane by its number along the axis that is gone along."""
        assert self._plane is not None
        leading = list(self._plane.leading)
        leading[self._axis] = number
        return LabelsPlane(self._layer, tuple(leading))

    def _take(self, run: CarryRun, proposal: Proposal) -> None:
        # What a run that was dropped or stopped has sent last is wanted no more.
        if run is self._box.runs.run and not run.stop.is_set():
            self._box.add(proposal)
            self._show()

    def _finish(self, _: object) -> None:
        if not self._box.list.count():
            self._box.runs.say("Nothing was found on the next plane.")

    def _fail(self, error: Exception) -> None:
        self._box.runs.say(sentence(error))
        complain(error)

    def _drop(self) -> None:
        """Stop what runs, and forget what was proposed."""
        if self._box.runs.run is not None:
            self._box.runs.run.close()
        self._box.runs.say("")
        self._box.clear()
        self.preview.follow(None)

    def _go_to(self, proposal: Proposal) -> None:
        """Show a proposal's plane."""
        coordinates = (*self._at(proposal.plane).leading, 0, 0)
        at = self._layer.data_to_world(coordinates)[self._axis]
        axis = self._viewer.dims.ndim - self._layer.ndim + self._axis
        self._viewer.dims.set_point(axis, at)
        self._show()

    def _show(self, *_: object) -> None:
        """Outline what is proposed for the plane that is shown."""
        self.preview.clear()
        if not self._box.list.count():
            return
        try:
            shown = LabelsPlane.shown(self._viewer, self._layer)
        except InputError:
            return
        for one in self._box.proposals():
            if one.edit is not None and self._at(one.plane).leading == shown.leading:
                new = np.where(one.edit.before != one.edit.after, one.edit.after, 0)
                masks = [new == drift.cell for drift in one.drifts if not drift.ended]
                top, left = one.edit.box[:2]
                segments = [outline_of(mask, (top, left)) for mask in masks]
                self.preview.show("offer", np.concatenate(segments))
