"""The Correct widget: cells are pointed at, drawn, joined, split and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QVBoxLayout

from ...data.record import record_of
from ...errors import CellbenchError, InputError
from ..choices import scrolling
from ..correction_set import Chosen, SetButton
from ..layers.results import Place, empty_layer
from ..layers.source import Input, spatial_shape
from ..layers.watch import LabelsWatch
from ..notify import complain
from ..panel import Panel
from .asking import Subject
from .at_work import AtWork
from .carrying import Carrying
from .counting import Counting
from .form import CorrectForm
from .icons import tool_cursor
from .keyboard import Keyboard
from .plane import LabelsPlane
from .pointer import Pointer
from .preview import Preview
from .prompt_thread import PromptThread
from .reviewing import Reviewing
from .saving import Saving
from .sight import Sight
from .taking import Taking
from .tools import BY_KEY

if TYPE_CHECKING:
    import napari


class CorrectWidget(Panel):
    """Corrects the cells of a labels layer.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(napari_viewer)
        self.form = CorrectForm(napari_viewer)
        self.prompts = PromptThread()
        self.preview = Preview(napari_viewer)
        self.pointer = Pointer(napari_viewer)
        self.reviewing = Reviewing(napari_viewer, self.form.review)
        self.work = AtWork(self.prompts, self.preview, self.reviewing)
        self.carrying = Carrying(napari_viewer, self.form, self.work, self._sight)
        self.taking = Taking(napari_viewer, self.form.take, self.preview, self.work.change)
        self.counting = Counting(napari_viewer, self.form.count, self.work.change, self._sight)
        self.work.hands |= {"take": self.taking, "count": self.counting}
        self.keyboard = Keyboard(self, self.form, self.work, self.pointer, self._take_back)
        self.saving = Saving(napari_viewer, self.form, self.reviewing)
        self._watch = LabelsWatch(napari_viewer)
        self._subject: tuple[Any, ...] = ()
        self._chooses: Any | None = None
        self.set_button = SetButton(napari_viewer, self._corrected)
        layout = QVBoxLayout(self.content)
        saving = self.saving
        for part in (saving.offering.box, scrolling(self.form), saving.box, self.set_button):
            layout.addWidget(part)
        self._connect()
        self.saving.follow()
        self._show_layers()

    def new_labels(self) -> None:
        """Add an empty labels layer that lies on the image, and work on it."""
        images = self.form.images.layers()
        if not images:
            complain(InputError("Open or choose an image first."))
            return
        of = Input(images)
        layer = empty_layer(Place.of(of), spatial_shape(of.first))
        self.viewer.add_layer(layer)
        self.form.labels.choose(layer)

    def close_panel(self) -> None:
        """Switch the tools off and follow the viewer no longer."""
        self._turn_off()
        self.keyboard.close()
        self.form.tools.close_box()
        self.prompts.close()
        self.saving.close()
        self.reviewing.close()
        self.carrying.close()
        self.counting.close()
        self._watch.follow(())
        self.viewer.dims.events.current_step.disconnect(self._replan)
        self.viewer.dims.events.ndisplay.disconnect(self._replan)
        self.viewer.layers.selection.events.active.disconnect(self._note_active)
        self.form.labels.disconnect_layers()
        self.form.images.close_group()
        self.form.take.source.disconnect_layers()

    def _take_back(self) -> bool:
        """Take the last step back: a point of the count, or a change of the layer."""
        return self.pointer.is_on and (self.counting.take_back() or self.work.take_back())

    def _corrected(self) -> Chosen:
        """Return what is corrected, with the image that is chosen."""
        return self._layer(), self.form.images.layers() or None

    def _layer(self) -> Any | None:
        return self.form.labels.layer()

    def _show_layers(self) -> None:
        images = self.form.images.layers()
        if images:
            self.form.model.suggest(Input(images).roles, self.form.images.looks.kind())
        if self.form.labels.layer() is None:
            found = [layer for layer in self.form.labels.layers() if "method" in record_of(layer)]
            if found:
                self.form.labels.choose(found[-1])
        if self.form.model.checkpoint() is None and self.form.model.count():
            self.form.model.setCurrentIndex(0)
        self._replan()

    def _look_through(self) -> None:
        """List what is worth a look on the plane that is shown."""
        if (plane := self._shown()) is not None:
            self.reviewing.look(plane)

    def _do(self, title: str) -> None:
        """Do what a button says to the chosen cell, or to all of the plane."""
        if (plane := self._shown()) is not None:
            self.work.do(title, plane, float(self.form.area.value()))

    def _shown(self) -> LabelsPlane | None:
        """Return the plane of the labels that is shown; else say why there is none."""
        layer = self._layer()
        try:
            if layer is None:
                raise InputError("Choose the labels to correct, or begin with New.")
            return LabelsPlane.shown(self.viewer, layer)
        except InputError as error:
            self.form.tools.status.setText(str(error))
            return None

    def _replan(self, *_: object) -> None:
        """Work on the plane that is shown now, with the tool that is on."""
        self.reviewing.forget(self._layer())
        self.carrying.follow(self._layer())
        layer, tool = self._layer(), BY_KEY.get(self.form.tools.tool())
        if layer is None or tool is None:
            self._turn_off()
            if tool is not None:
                self.form.tools.status.setText("Choose the labels to correct, or begin with New.")
            return
        try:
            plane = LabelsPlane.shown(self.viewer, layer)
        except InputError as error:
            self._turn_off()
            self.form.tools.status.setText(str(error))
            return
        layer.visible = True
        self.viewer.layers.selection.active = layer
        self._watch.follow([layer])
        self.preview.follow(layer)
        self.pointer.follow(layer, tool_cursor(tool.key))
        self.work.turn_to(plane, tool.key, asks=tool.asks and self._ask(plane))
        self._show_chosen_of(layer)

    def _ask(self, plane: LabelsPlane) -> bool:
        """Let the network look at the plane's image; return whether it can."""
        try:
            sight = self._sight()
            about = (sight.of.layers, sight.index(plane), sight.entry, plane.layer, plane.leading)
            if about != self._subject:
                subject = Subject(
                    sight.setup(), sight.source(plane), sight.of.roles, lambda: plane.labels
                )
                self._subject = about
                self.prompts.turn_to(subject)
        except CellbenchError as error:
            self._subject = ()
            self.form.tools.status.setText(str(error))
            return False
        return True

    def _sight(self) -> Sight:
        return Sight.chosen(self.form, self.viewer.dims.point)

    def _turn_off(self) -> None:
        self.work.turn_to(None, "")
        self.pointer.follow(None)
        self.preview.follow(None)
        self._show_chosen_of(None)

    def _show_chosen_of(self, layer: Any | None) -> None:
        """Show which cells of a layer are chosen, whoever chooses: a tool, the list, napari."""
        if layer is not self._chooses:
            if self._chooses is not None:
                self._chooses.events.selected_label.disconnect(self._show_chosen)
            if layer is not None:
                layer.events.selected_label.connect(self._show_chosen)
            self._chooses = layer
        self._show_chosen()

    def _show_chosen(self, *_: object) -> None:
        plane = self.work.plane
        self.form.show_chosen(self.work.chosen_cells(plane) if plane is not None else [])

    def _note_active(self, *_: object) -> None:
        """Show no preview while another layer is worked on."""
        if not self.pointer.is_on:
            self.work.pointing.forget()

    def _note_edit(self, *_: object) -> None:
        """Take note of what was changed by whatever tool: the brush, undo, another panel."""
        self.prompts.forget_sizes()
        self._show_chosen()

    def _connect(self) -> None:
        form = self.form
        form.labels.chosen.connect(self._replan)
        form.images.changed.connect(self._show_layers)
        form.model.chosen.connect(self._replan)
        form.tools.chosen.connect(self._replan)
        form.tools.keys_asked.connect(self.keyboard.show_keys)
        form.asked.connect(self._do)
        form.review.looked.connect(self._look_through)
        form.new_button.clicked.connect(self.new_labels)
        self.pointer.placed.connect(self.keyboard.mark)
        self.pointer.hovered.connect(self.work.hover)
        self.pointer.clicked.connect(self.work.click)
        self.pointer.drawing.connect(self.work.drawing)
        self.pointer.drawn.connect(self.work.drawn)
        for one in (self.work, self.carrying, self.taking, self.counting):
            one.said.connect(form.tools.status.setText)
        self.work.chosen.connect(form.show_chosen)
        self.prompts.told.connect(form.tools.status.setText)
        self.prompts.failed.connect(complain)
        self.saving.resumed.connect(self._look_through)
        self._watch.edited.connect(self._note_edit)
        self.viewer.dims.events.current_step.connect(self._replan)
        self.viewer.dims.events.ndisplay.connect(self._replan)
        self.viewer.layers.selection.events.active.connect(self._note_active)
