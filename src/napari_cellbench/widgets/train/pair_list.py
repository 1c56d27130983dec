"""The labels layers that are open, to be ticked: each is learnt from with its image."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QListWidget, QListWidgetItem

from ...data.record import record_of
from ...errors import InputError
from ..layers.annotated import Annotated, annotated_planes, images_of
from ..score.layers import is_labels
from ..two_lines import draw_hint

EMPTY = "Open images and their labels, or segment and correct some."
HEIGHT = 96


class PairList(QListWidget):
    """Follows the viewer's labels layers.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    changed
        Others are ticked.
    """

    changed = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self._layers: list[Any] = []
        self._untouched = True
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Labels to learn from")
        self.setToolTip("Ticked labels are learnt from, with the image that they lie on")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.refresh)
        for event in self._events():
            event.connect(self._come_or_go)
        self.itemChanged.connect(self._tick)
        self.refresh()

    def ticked(self) -> list[Any]:
        """Return the layers that are ticked."""
        checked = Qt.CheckState.Checked
        rows = range(self.count())
        return [self._layers[row] for row in rows if self.item(row).checkState() == checked]

    def planes(self) -> list[Annotated]:
        """Return all planes that are ticked and have cells.

        Raises
        ------
        InputError
            If nothing is, or an image is missing or doesn't fit.
        """
        if not (layers := self.ticked()):
            raise InputError("Tick the labels to learn from.")
        found = [one for layer in layers for one in annotated_planes(self._viewer, layer)]
        if not found:
            raise InputError("There are no cells in the labels that are ticked.")
        return found

    def refresh(self) -> None:
        """List the labels that there are; those that come are ticked where they look checked."""
        before = {id(layer): layer in self.ticked() for layer in self._layers}
        blocked = self.blockSignals(True)
        self.clear()
        self._layers = [one for one in self._viewer.layers if is_labels(one) and _counts(one)]
        for layer in self._layers:
            images = images_of(self._viewer, layer)
            on = ", ".join(image.name for image in images.values()) or "no image of its size"
            line = QListWidgetItem(f"{layer.name}  ({on})")
            line.setToolTip(f"{layer.name}, on {on}")
            line.setFlags(line.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            ticked = before.get(id(layer), bool(images) and _looks_checked(layer))
            line.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            self.addItem(line)
        self.blockSignals(blocked)
        self.changed.emit()

    def close_list(self) -> None:
        """Follow the viewer no longer."""
        self._later.stop()
        for event in self._events():
            event.disconnect(self._come_or_go)

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Say what to do where there is nothing."""
        super().paintEvent(event)
        if not self.count():
            draw_hint(self, EMPTY)

    def _come_or_go(self, event: Any = None) -> None:
        # The record of a layer that comes may be filled in after this.
        self._later.start(0)

    def _tick(self, *_: object) -> None:
        self.changed.emit()

    def _events(self) -> tuple[Any, ...]:
        events = self._viewer.layers.events
        return events.inserted, events.removed, events.reordered


def _counts(layer: Any) -> bool:
    record = record_of(layer)
    return not (record.get("preview") or "training" in record)


def _looks_checked(layer: Any) -> bool:
    """Tell whether somebody vouches for labels: truth, or a copy that was corrected."""
    record = record_of(layer)
    return bool(record.get("truth") or record.get("corrected_from") or "method" not in record)
