"""The Adjust widget: labels grow and shrink under a slider, and their score follows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer

from ...errors import CellbenchError, sentence
from ..jobs.latest import FRAME, LatestJob
from ..layers.source import spatial_shape
from ..layers.watch import LabelsWatch
from ..notify import complain
from ..panel import Panel
from ..shapes import measure
from .compute import Adjuster
from .form import AdjustForm
from .layers import add_adjusted, pixel_width, suggested_truth
from .order import Adjusted, AdjustOrder, Applied, Changed, Preparing, Scored
from .pairs import images
from .preview import Preview
from .request import make_order

if TYPE_CHECKING:
    import napari

PAUSE = 150
"""Edits are taken over once none has come for so long, in milliseconds."""


class AdjustWidget(Panel):
    """Grows and shrinks the labels of a layer.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(napari_viewer)
        self.form = AdjustForm(napari_viewer)
        self.preview = Preview(napari_viewer)
        self.job = LatestJob()
        self._adjuster = Adjuster()
        self._watch = LabelsWatch(napari_viewer)
        self._source: Any = None
        self._edition = 0
        self._note = ""
        self._applying = False
        self._later, self._view = QTimer(self, singleShot=True), QTimer(self, singleShot=True)
        self.form.fill(self.content)
        self._connect()
        active = napari_viewer.layers.selection.active
        self.form.layer.choose(active if active in self.form.layer.layers() else None)
        self._choose_source()

    def apply(self) -> None:
        """Make a layer of the labels at the present distance."""
        if self._applying or not self.form.distance.value():
            return
        try:
            order = self._order()
        except CellbenchError as error:
            self._fail(error)
            return
        self._applying = True
        self.form.show_busy("Applying…")
        every = self.form.extent.currentData() == "planes"
        self._target = (self._source, self.form.mask.layer(), pixel_width(self._source), every)
        self.job.drop()
        self.job.submit(partial(self._adjuster.apply, order, every))

    def reset(self) -> None:
        """Return to the original: no preview, no distance."""
        if self._applying:
            return
        self.job.drop()
        self._note = ""
        self.preview.hide()
        self.form.distance.set_value(0)
        self._request()

    def close_panel(self) -> None:
        """Leave the viewer as it was found, and stop the threads."""
        self.job.stop()
        self._later.stop()
        self._view.stop()
        self.form.best.close_best()
        self._watch.follow([])
        for event, slot in self._viewer_events():
            event.disconnect(slot)
        for box in (self.form.layer, self.form.mask, self.form.truth):
            box.disconnect_layers()
        self.preview.close_layer()

    def _order(self) -> AdjustOrder:
        return make_order(self.form, self._source, self.viewer.dims.point, self._edition)

    def _request(self, *_: object) -> None:
        """Have the preview computed for what the widget shows."""
        if self._applying or self.closing.is_closed:
            return
        try:
            self.job.submit(partial(self._adjuster.preview, self._order()), FRAME)
        except CellbenchError as error:
            self._fail(error)

    def _take(self, result: Any) -> None:
        """Show what the thread has computed."""
        if isinstance(result, Preparing):
            self.form.status.setText("Preparing…")
        elif isinstance(result, Adjusted):
            if result.order.distance or self.preview.layer is not None:
                self.preview.show(self._source, result.labels, result.order.region)
            if result.order.distance:
                self._note = ""
            self.form.show_cells(result, self._note or "Move the slider to grow or shrink.")
        elif isinstance(result, Changed):
            self.form.best.outdate()
        elif isinstance(result, Scored):
            self.form.show_score(result)
        elif isinstance(result, Applied):
            self._finish(result)

    def _finish(self, applied: Applied) -> None:
        source, mask, size, every = self._target
        self.preview.hide()
        layer = add_adjusted(self.viewer, source, mask, applied, size, every=every)
        if source in self.viewer.layers:
            source.visible = False
        self._applying = False
        self._note = f"Made the layer “{layer.name}”."
        self.form.distance.set_value(0)
        self._request()

    def _fail(self, error: Exception) -> None:
        self._applying = False
        self.preview.hide()
        self.form.show_nothing(sentence(error))
        if not isinstance(error, CellbenchError):
            complain(error)

    def _choose_source(self) -> None:
        source = self.form.layer.layer()
        if source is self._source and source is not None:
            return
        if not self._applying:
            self.job.drop()
        self.preview.hide()
        self._source, self._note = source, ""
        size = None if source is None else pixel_width(source)
        self.form.distance.set_pixel_size(size)
        self.form.show_extent(0 if source is None else len(spatial_shape(source)))
        if source is not None and self.form.truth.layer() in (None, source):
            self.form.truth.choose(suggested_truth(source, self.form.truth.layers()))
        self._choose_others()

    def _choose_others(self, *_: object) -> None:
        self.form.show_side()
        layers = [self._source, self.form.mask.layer(), self.form.truth.layer()]
        self._watch.follow({layer for layer in layers if layer is not None})
        self.form.best.clear()
        self.form.show_score(Scored(None, None))
        self._request()

    def _note_edit(self, *_: object) -> None:
        self._later.start(PAUSE)

    def _read_again(self) -> None:
        self._edition += 1
        self._request()

    def _move_view(self, *_: object) -> None:
        """Preview the part of a large image that is in view now."""
        if self.preview.is_part:
            self._view.start(PAUSE)

    def _change_plane(self, *_: object) -> None:
        if self._source is not None and len(spatial_shape(self._source)) > 2:
            # What is under way belongs to another plane.
            if not self._applying:
                self.job.drop()
            if self.form.extent.currentData() != "volume":
                self.preview.blank()
            self._request()

    def _find_best(self, everything: bool) -> None:
        best, truth = self.form.best, self.form.truth.layer()
        try:
            best.find(images(self.viewer, self._source, truth, everything=everything))
        except CellbenchError as error:
            best.fail(error)

    def _use_best(self, distance: float, way: str) -> None:
        shown = "distance" if way == "distance" else "iterations"
        self.form.way.setCurrentIndex(self.form.way.findData(shown))
        self.form.distance.set_value(distance)

    def _measure(self, *_: object) -> None:
        if self._source is not None:
            measure(self.viewer, self._source)

    def _viewer_events(self) -> list[tuple[Any, Any]]:
        camera = self.viewer.scene.camera.events
        return [
            (self.viewer.dims.events.current_step, self._change_plane),
            (camera.center, self._move_view),
            (camera.zoom, self._move_view),
        ]

    def _connect(self) -> None:
        form = self.form
        form.layer.chosen.connect(self._choose_source)
        form.mask.chosen.connect(self._choose_others)
        form.truth.chosen.connect(self._choose_others)
        form.distance.changed.connect(self._request)
        form.best.asked.connect(self._find_best)
        form.best.used.connect(self._use_best)
        form.measure_button.clicked.connect(self._measure)
        for box in (form.parts, form.side, form.extent):
            box.currentIndexChanged.connect(self._request)
        form.way.currentIndexChanged.connect(self._change_way)
        form.apply_button.clicked.connect(self.apply)
        form.reset_button.clicked.connect(self.reset)
        self._watch.edited.connect(self._note_edit)
        self._watch.replaced.connect(self._note_edit)
        self._later.timeout.connect(self._read_again)
        self._view.timeout.connect(self._request)
        self.preview.removed.connect(self.reset)
        self.job.delivered.connect(self._take)
        self.job.failed.connect(self._fail)
        for event, slot in self._viewer_events():
            event.connect(slot)

    def _change_way(self, *_: object) -> None:
        self.form.distance.set_whole(self.form.way.currentData() == "iterations")
        self._request()
