"""What a run is started from: image layers by role, and which part of them."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QCheckBox, QLabel

from ..data.record import record_of
from .choices import FormGroup
from .kind_box import KindBox
from .layers.box import LayerBox
from .layers.channels import ChannelHint
from .layers.kind import is_quick, kind_of_layer
from .layers.source import Input, current_index, spatial_shape
from .region_box import RegionBox

SLOTS = {"nucleus": "Nucleus", "whole_cell": "Whole cell", "rgb": "Phase / RGB"}
"""Roles that the user gives to layers, with their names on screen."""
TIPS = {
    "nucleus": "The layer with a nuclear stain, such as DAPI",
    "whole_cell": "The layer with a stain of the membrane or of the whole cell",
    "rgb": "A phase-contrast image, or a colour image of stained tissue",
}


class ImageGroup(FormGroup):
    """Image layers by role; what their metadata say is chosen while nothing is.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    changed
        Other layers are chosen.
    """

    changed = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__("Image")
        self.boxes = {role: LayerBox(viewer, _is_image, TIPS[role]) for role in SLOTS}
        for role, title in SLOTS.items():
            self.rows.addRow(title, self.boxes[role])
            self.boxes[role].chosen.connect(self._choose)
        self.looks = KindBox()
        self.looks.told.connect(self._told)
        self.rows.addRow("Looks like", self.looks)
        self.channels = ChannelHint(viewer)
        self.rows.addRow(self.channels)
        self.notes = QLabel()
        self.notes.setWordWrap(True)
        self.rows.addRow(self.notes)
        # napari fills in a layer's metadata before it tells of the layer, but the boxes of this
        # group may hear of it later than this.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.suggest)
        self.boxes["nucleus"].model().rowsInserted.connect(lambda *_: self._later.start(0))
        self._guessed: Any = None
        self._show_what_is_known()
        self.suggest()

    def layers(self) -> dict[str, Any]:
        """Return the chosen layers by role."""
        layers = {role: box.layer() for role, box in self.boxes.items()}
        return {role: layer for role, layer in layers.items() if layer is not None}

    def suggest(self) -> None:
        """Choose layers by their metadata and by what they show, where nothing is chosen yet."""
        if self.layers():
            return
        images = self.boxes["nucleus"].layers()
        for layer in images:
            role = record_of(layer).get("role", "")
            slot = "rgb" if layer.rgb or role == "phase" else role
            if slot in self.boxes and self.boxes[slot].layer() is None:
                self.boxes[slot].choose(layer)
        if images and not self.layers():
            first = images[0]
            phase = is_quick(first) and kind_of_layer(first).name == "phase_contrast"
            self._guessed = None if is_quick(first) else first
            self.boxes["rgb" if phase else "nucleus"].choose(first)

    def _told(self) -> None:
        """Give a layer that shows phase contrast its role, and back; then tell of it.

        By what the user says; of a layer that was chosen before anybody had looked at it, by what
        was seen since.
        """
        chosen, said = self.layers(), self.looks.currentData()
        kind = self.looks.kind()
        if said is None and kind is not None and list(chosen.values()) == [self._guessed]:
            said, self._guessed = kind.name, None
        move = {"phase_contrast": ("nucleus", "rgb"), "fluorescence": ("rgb", "nucleus")}.get(said)
        if move is not None and list(chosen) == [move[0]] and not chosen[move[0]].rgb:
            here, there = (self.boxes[slot] for slot in move)
            blocked = [box.blockSignals(True) for box in (here, there)]
            there.choose(chosen[move[0]])
            here.choose(None)
            for box, before in zip((here, there), blocked, strict=True):
                box.blockSignals(before)
            self._show_what_is_known()
        self.changed.emit()

    def _choose(self) -> None:
        self._show_what_is_known()
        self.changed.emit()

    def _show_what_is_known(self) -> None:
        """Show what a person should know of the chosen layers."""
        layers = list(self.layers().values())
        self.looks.show_for(Input(self.layers()) if layers else None)
        self.channels.show_for(layers)
        told = (note for one in layers for note in record_of(one).get("notes", ()))
        text = "\n".join(dict.fromkeys(told))
        self.notes.setText(text)
        self.notes.setVisible(bool(text))

    def close_group(self) -> None:
        """Follow the viewer no longer."""
        for box in self.boxes.values():
            box.disconnect_layers()


class WhereGroup(FormGroup):
    """Region, and whether every plane of a stack counts.

    Parameters
    ----------
    viewer
        napari's viewer.
    drawing
        Name of the shapes layer that the user draws the region in.
    """

    def __init__(self, viewer: Any, drawing: str) -> None:
        super().__init__("Where")
        self._viewer = viewer
        self.region = RegionBox(viewer, drawing)
        self.every_plane = QCheckBox("Every plane of the stack")
        self.every_plane.setToolTip("Segment all planes, not only the one that is shown")
        self.rows.addRow("Region", self.region)
        self.rows.addRow(self.every_plane)

    def input(self, layers: dict[str, Any]) -> Input:
        """Return layers with the region.

        Raises
        ------
        InputError
            If there is no layer, or no region in it.
        """
        first = Input(layers).first
        return Input(layers, self.region.region(first))

    def index(self, layer: Any) -> tuple[int, ...] | None:
        """Return the index of the plane that is shown; None for every plane."""
        if len(spatial_shape(layer)) == 2:
            return ()
        shown = current_index(layer, self._viewer.dims.point)
        return None if self.every_plane.isChecked() else shown

    def show_for(self, layers: dict[str, Any]) -> None:
        """Ask about planes where a layer has several."""
        self.every_plane.setVisible(any(layer.ndim > 2 for layer in layers.values()))

    def close_group(self) -> None:
        """Follow the viewer no longer."""
        self.region.close_region()


def _is_image(layer: Any) -> bool:
    return layer._type_string == "image"
