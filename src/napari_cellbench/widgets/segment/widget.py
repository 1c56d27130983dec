"""The Segment widget: layers, method, checkpoint, parameters, region and device; run and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QCheckBox, QVBoxLayout

from ...compare.naming import short_title_of
from ...engine.environments import missing
from ...errors import CellbenchError, sentence
from ..choices import DEVICES, button, choice_box, row_of, scrolling
from ..compare.widget import add_to_compare
from ..input_groups import ImageGroup, WhereGroup
from ..jobs.engines import holds_memory, release_memory, shared_engine
from ..jobs.run_bar import RunBar
from ..layers.in_front import bring_to_front
from ..layers.results import Found, Place, result_layer
from ..layers.source import Input
from ..method.form import MethodForm
from ..notify import complain
from ..panel import Panel
from ..target_choice import TargetChoice
from .run import SegmentOrder, SegmentRun

if TYPE_CHECKING:
    import napari

RECTANGLE = "Region to segment"
"""Name of the shapes layer that the user draws the region in."""


class SegmentWidget(Panel):
    """Runs a method on layers of the viewer.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(napari_viewer)
        self.engine = shared_engine()
        self._told_of: Any = None
        self.find = TargetChoice()
        self.images = ImageGroup(napari_viewer)
        self.form = MethodForm()
        self.where = WhereGroup(napari_viewer, RECTANGLE)
        self.link = QCheckBox("Link objects from plane to plane")
        self.device = choice_box(DEVICES, "Automatic takes a GPU where there is one")
        self.runs = RunBar(
            "Segment",
            "Run the method on what is chosen above",
            "Stop the run; nothing of it is kept but whole planes",
        )
        self.compare_button = button(
            "Add to Compare", "Run this beside other methods, on the same image"
        )
        self.release_button = button(
            "Release memory",
            "End the workers, also Correct’s: their memory, on the GPU too, is free at once",
        )
        self._build()
        self._connect()
        self._show_method()
        self._show_idle("Ready.")

    @property
    def current_run(self) -> SegmentRun | None:
        """What runs now; None for nothing."""
        return self.runs.run

    def run(self) -> None:
        """Start a run with what the widget shows."""
        if self.current_run is not None:
            return
        try:
            order = self._order()
            run = SegmentRun(self.engine, order)
        except (CellbenchError, MemoryError) as error:
            complain(error)
            return
        place = Place.of(order.input)
        self.runs.follow(run)
        run.returned.connect(lambda found: self._take(order, place, found))
        run.failed.connect(self._fail)
        run.ended.connect(self._show_memory)
        self.release_button.setEnabled(False)
        self._told_of = None
        run.start()

    def compare(self) -> None:
        """Add what the widget shows to the Compare widget, opened if it isn't."""
        try:
            add_to_compare(self.viewer, self.form.entry(self.device.currentData()))
        except CellbenchError as error:
            complain(error)

    def browse(self) -> None:
        """Show the method's checkpoints for such images in the Gallery."""
        # It hands checkpoints to this widget, and knows it.
        from ..gallery.hand_over import browse

        browse(self.viewer, self.form.chosen().key, self.images.looks.kind())

    def release(self) -> None:
        """End the worker process and give back its memory."""
        release_memory()
        self._show_idle("The worker process has ended; its memory is free.")

    def close_panel(self) -> None:
        """Stop following the viewer, and whatever runs."""
        if self.current_run is not None:
            self.current_run.close()
        self.form.close_form()
        self.viewer.layers.events.removed.disconnect(self._forget_result)
        self.images.close_group()
        self.where.close_group()

    def _order(self) -> SegmentOrder:
        of = self.where.input(self.images.layers())
        index = self.where.index(of.first)
        entry = self.form.entry(self.device.currentData())
        link = index is None and self.link.isChecked()
        return SegmentOrder(of, entry, index, link, self.images.looks.kind())

    def _take(self, order: SegmentOrder, place: Place, found: Found) -> None:
        """Show a result; whatever happens, the run is over."""
        try:
            self._finish(order, place, found)
        except Exception as error:
            self._fail(error)

    def _finish(self, order: SegmentOrder, place: Place, found: Found) -> None:
        record = found.provenance
        count = record["n_objects"]
        layer = result_layer(place, found, short_title_of(order.entry))
        self.viewer.add_layer(layer)
        bring_to_front(self.viewer, layer, order.input.layers.values())
        text = f"{count:,} object{'' if count == 1 else 's'} in {record['seconds']:.1f} s"
        gone = order.input.first not in self.viewer.layers
        notes = [f"on {record['device'].upper()}"]
        if found.partial:
            notes.append("cancelled: only the planes that were done")
        if gone:
            notes.append("the image was removed in the meantime")
        elif order.input.replaced:
            notes.append("of the pixels before they were replaced in the meantime")
        warnings = " ".join(("", *record.get("notes", ())))
        self.runs.say(f"{text} {', '.join(notes)}.{warnings}", layer.name)
        self._told_of = layer

    def _fail(self, error: Exception) -> None:
        self.runs.say(sentence(error))
        complain(error)

    def _forget_result(self, event: Any) -> None:
        """Tell nothing of a result that is gone."""
        if event.value is self._told_of and event.value is not None and self.current_run is None:
            self._show_idle("Ready.")

    def _show_idle(self, message: str) -> None:
        self._told_of = None
        self.runs.say(message)
        self._show_memory()

    def enterEvent(self, event: Any) -> None:  # noqa: N802
        """Take note of workers that other panels started."""
        super().enterEvent(event)
        self._show_memory()

    def _show_memory(self) -> None:
        self.release_button.setEnabled(self.current_run is None and holds_memory())

    def _show_method(self) -> None:
        self.runs.set_ready(not missing(self.form.chosen()))
        self._show_layers()

    def _show_layers(self) -> None:
        chosen = self.images.layers()
        self.where.show_for(chosen)
        self.link.setVisible(self.where.every_plane.isVisibleTo(self.where))
        self.link.setEnabled(self.where.every_plane.isChecked())
        if chosen:
            self.form.propose(Input(chosen).roles, self.images.looks.kind())
        self._show_target()

    def _show_target(self) -> None:
        self.find.show_target(self.form.target())

    def _show_region(self) -> None:
        if self.where.region.currentData() == "drawn":
            self.runs.status.setText("Draw a shape on the image, then press Segment.")

    def _connect(self) -> None:
        self.find.chosen.connect(self.form.ask_for)
        self.form.checkpoint.chosen.connect(self._show_target)
        self.viewer.layers.events.removed.connect(self._forget_result)
        self.images.changed.connect(self._show_layers)
        self.form.changed.connect(self._show_method)
        self.where.region.currentIndexChanged.connect(self._show_region)
        self.where.every_plane.toggled.connect(self.link.setEnabled)
        self.runs.asked.connect(self.run)
        self.release_button.clicked.connect(self.release)
        self.compare_button.clicked.connect(self.compare)
        self.form.more_button.clicked.connect(self.browse)
        self.form.more_button.show()

    def _build(self) -> None:
        self.link.setToolTip("Give an object the same label in all planes where it overlaps itself")
        self.images.rows.insertRow(0, "Find", self.find)
        self.where.rows.addRow(self.link)
        self.where.rows.addRow("Device", self.device)
        layout = QVBoxLayout(self.content)
        layout.addWidget(scrolling(self.images, self.form, self.where), 1)
        layout.addWidget(self.runs)
        layout.addLayout(row_of(self.compare_button, self.release_button))
