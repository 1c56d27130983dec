"""The Correct widget: cells are pointed at, drawn, joined, split and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QVBoxLayout

from ...corrections.edit import Edit
from ...corrections.review import State
from ...data.record import KEY, record_of
from ...engine import Entry, Setup
from ...errors import CellbenchError, InputError
from ..choices import scrolling
from ..layers.source import Input, current_index, spatial_shape
from ..layers.watch import LabelsWatch
from ..notify import complain
from ..panel import Panel
from .form import METHOD, CorrectForm
from .keys import Keys
from .plane import LabelsPlane
from .pointer import Pointer
from .pointing import Pointing
from .preview import Preview, rectangle
from .prompt_thread import PromptThread, Subject
from .reviewing import Reviewing
from .tools import BY_KEY, ON_ALL, ON_CHOSEN, Strokes

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
        self.pointing = Pointing(self.prompts, self.preview, self._change)
        self.strokes = Strokes()
        self.reviewing = Reviewing(napari_viewer, self.form.review)
        self.keys = Keys(
            napari_viewer,
            self.form.choose_tool,
            {
                "Tab": self._next_offer,
                "Esc": self._take_back,
                "Space": lambda: self.form.review.decide(State.RIGHT),
                "Shift+U": lambda: self.form.review.decide(State.UNSURE),
            },
        )
        self._watch = LabelsWatch(napari_viewer)
        self._plane: LabelsPlane | None = None
        self._subject: tuple[Any, ...] = ()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        layout = QVBoxLayout(self.content)
        layout.addWidget(scrolling(self.form))
        self._connect()
        self._show_layers()

    def new_labels(self) -> None:
        """Add an empty labels layer that lies on the image, and work on it."""
        images = self.form.images.layers()
        if not images:
            complain(InputError("Open or choose an image first."))
            return
        image = next(iter(images.values()))
        layer = Labels(
            np.zeros(spatial_shape(image), np.int32),
            name=f"{image.name} · cells",
            scale=image.scale[: len(spatial_shape(image))],
            translate=image.translate[: len(spatial_shape(image))],
            metadata={KEY: {"image": record_of(image).get("sample", image.name)}},
        )
        self.viewer.add_layer(layer)
        self.form.labels.choose(layer)

    def close_panel(self) -> None:
        """Switch the tools off and follow the viewer no longer."""
        self._turn_off()
        self.keys.close_keys()
        self.prompts.close()
        self.reviewing.close()
        self._watch.follow(())
        self.viewer.dims.events.current_step.disconnect(self._replan)
        self.viewer.dims.events.ndisplay.disconnect(self._replan)
        self.viewer.layers.selection.events.active.disconnect(self._note_active)
        self.form.labels.disconnect_layers()
        self.form.images.close_group()

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

    def _show_tool(self, *_: object) -> None:
        tool = BY_KEY.get(self.form.tool())
        self.strokes.forget()
        self.form.hint.setText(tool.tip if tool is not None else "Choose a tool.")
        self.form.status.clear()
        self._replan()

    def _look_through(self) -> None:
        """List what is worth a look on the plane that is shown."""
        layer = self._layer()
        try:
            if layer is None:
                raise InputError("Choose the labels to look through, or begin with New.")
            self.reviewing.look(LabelsPlane.shown(self.viewer, layer))
        except CellbenchError as error:
            self._refuse(error)

    def _replan(self, *_: object) -> None:
        """Work on the plane that is shown now, with the tool that is on."""
        self.reviewing.forget(self._layer())
        layer, tool = self._layer(), BY_KEY.get(self.form.tool())
        if layer is None or tool is None:
            self._turn_off()
            if tool is not None:
                self.form.status.setText("Choose the labels to correct, or begin with New.")
            return
        try:
            self._plane = LabelsPlane.shown(self.viewer, layer)
        except InputError as error:
            self._turn_off()
            self.form.status.setText(str(error))
            return
        layer.visible = True
        self.viewer.layers.selection.active = layer
        self._watch.follow([layer])
        self.preview.follow(layer)
        self.pointer.follow(layer)
        self.strokes.forget()
        self.form.show_chosen(self._chosen())
        if tool.asks:
            self._ask()
        else:
            self.pointing.turn_to(None)

    def _ask(self) -> None:
        """Let the network look at the plane's image."""
        plane, images = self._plane, self.form.images.layers()
        assert plane is not None
        try:
            if not images:
                raise InputError("Choose the image that shows the cells, below.")
            of = Input(images)
            checkpoint = self.form.model.checkpoint()
            entry = Entry(METHOD, checkpoint.key if checkpoint is not None else None)
            index = current_index(of.first, self.viewer.dims.point)
            if of.shape[-2:] != plane.shape:
                raise InputError("The image and the labels differ in size.")
            about = (of.layers, index, entry, plane.layer, plane.leading)
            if about != self._subject:
                setup = Setup.of(entry, of.roles, self.form.images.looks.kind())
                self._subject = about
                self.prompts.turn_to(
                    Subject(setup, of.source(index), of.roles, lambda: plane.labels)
                )
        except CellbenchError as error:
            self._subject = ()
            self.pointing.turn_to(None)
            self.form.status.setText(str(error))
            return
        self.pointing.turn_to(plane)

    def _turn_off(self) -> None:
        self._plane = None
        self.pointing.turn_to(None)
        self.pointer.follow(None)
        self.preview.follow(None)
        self.strokes.forget()

    def _hover(self, world: Any) -> None:
        if self._plane is not None and self.form.tool() == "point":
            self.pointing.hover(self._plane.place(world))

    def _click(self, world: Any, modifiers: frozenset[str]) -> None:
        plane, tool = self._plane, self.form.tool()
        if plane is None:
            return
        place = plane.place(world)
        if tool == "point":
            self.pointing.click(place, modifiers)
            return
        try:
            if tool == "choose":
                self._choose(plane.label_at(place))
                return
            edit = self.strokes.click(tool, plane, place)
            if edit is not None:
                self._change(plane, edit)
            else:
                self.form.status.setText(self.strokes.awaits)
        except CellbenchError as error:
            self._refuse(error)

    def _drawing(self, path: list[Any]) -> None:
        plane, tool = self._plane, self.form.tool()
        if plane is None:
            return
        places = [plane.place(world) for world in path]
        if tool == "point":
            self.pointing.drag(places)
        elif tool == "delete":
            (top, bottom), (left, right) = (
                sorted(ends) for ends in zip(places[0], places[-1], strict=True)
            )
            self.preview.show("drawn", rectangle((top, left, bottom, right)))
        elif tool != "choose":
            line = np.array([*places, places[0]] if tool == "outline" else places, np.float64)
            self.preview.show("drawn", np.repeat(line, 2, 0)[1:-1])

    def _drawn(self, path: list[Any], modifiers: frozenset[str]) -> None:
        plane, tool = self._plane, self.form.tool()
        self.preview.clear("drawn")
        if plane is None:
            return
        places = [plane.place(world) for world in path]
        if tool == "point":
            self.pointing.draw(places)
            return
        try:
            replaces = "Shift" in modifiers
            edit = self.strokes.draw(tool, plane, places, self._chosen(), replaces=replaces)
            self._change(plane, edit)
        except CellbenchError as error:
            self._refuse(error)

    def _do(self, title: str) -> None:
        """Do what a button says to the chosen cell, or to all of the plane."""
        layer = self._layer()
        try:
            if layer is None:
                raise InputError("Choose the labels to correct, or begin with New.")
            plane = LabelsPlane.shown(self.viewer, layer)
            if title in ON_CHOSEN:
                edit = ON_CHOSEN[title][1](plane, self._chosen())
            else:
                edit = ON_ALL[title][1](plane, float(self.form.area.value()))
            self._change(plane, edit)
        except CellbenchError as error:
            self._refuse(error)

    def _change(self, plane: LabelsPlane, edit: Edit) -> None:
        plane.apply(edit)
        self.reviewing.note(plane, edit)
        self.prompts.forget_sizes()
        made = edit.made[-1:] or tuple(set(edit.changed_ids) - set(edit.gone))[:1]
        if made:
            self._choose(int(made[0]))
        elif self._chosen() in edit.gone:
            self._choose(0)
        self.form.status.setText(f"{edit.what}. Ctrl+Z takes it back.")

    def _choose(self, cell: int) -> None:
        layer = self._layer()
        if layer is not None and cell:
            layer.selected_label = cell
        self.form.show_chosen(self._chosen() if cell else 0)

    def _chosen(self) -> int:
        layer, plane = self._layer(), self._plane
        cell = int(layer.selected_label) if layer is not None else 0
        there = plane is not None and cell > 0 and bool((plane.labels == cell).any())
        return cell if there else 0

    def _next_offer(self) -> bool:
        if self._plane is None or self.form.tool() != "point":
            return False
        self.pointing.next_offer()
        return True

    def _take_back(self) -> bool:
        layer = self._layer()
        if self._plane is None or layer is None:
            return False
        layer.undo()
        self.reviewing.take_back()
        self.pointing.forget()
        self.strokes.forget()
        self.form.status.setText("Taken back.")
        return True

    def _refuse(self, error: CellbenchError) -> None:
        self.form.status.setText(str(error))

    def _note_active(self, *_: object) -> None:
        """Show no preview while another layer is worked on."""
        if not self.pointer.is_on:
            self.pointing.forget()

    def _connect(self) -> None:
        form = self.form
        form.labels.chosen.connect(self._replan)
        form.images.changed.connect(self._show_layers)
        form.model.chosen.connect(self._replan)
        form.tool_chosen.connect(self._show_tool)
        form.asked.connect(self._do)
        form.review.looked.connect(self._look_through)
        form.new_button.clicked.connect(self.new_labels)
        self.pointer.hovered.connect(self._hover)
        self.pointer.clicked.connect(self._click)
        self.pointer.drawing.connect(self._drawing)
        self.pointer.drawn.connect(self._drawn)
        self.pointing.said.connect(form.status.setText)
        self.pointing.failed.connect(self._refuse)
        self.prompts.told.connect(form.status.setText)
        self.prompts.failed.connect(complain)
        self.viewer.dims.events.current_step.connect(self._replan)
        self.viewer.dims.events.ndisplay.connect(self._replan)
        self.viewer.layers.selection.events.active.connect(self._note_active)
        form.hint.setText("Choose a tool.")
