"""What is compared in the viewer: the state that all parts of the Compare widget show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qtpy.QtCore import QObject, Signal

from ...compare import State, Status
from ...engine import Entry
from ...scoring.selection import EVERYTHING, Selection


@dataclass(eq=False)
class Item:
    """One result, or one on its way.

    Attributes
    ----------
    name
        As the user reads it; no other item has it.
    entry
        What was run; None for a labels layer that the user took in.
    status
        Where it is.
    layer
        The labels layer; None until it is done.
    """

    name: str
    entry: Entry | None = None
    status: Status = field(default_factory=lambda: Status(State.WAITING))
    layer: Any | None = None


class Results(QObject):
    """The results of one image.

    Attributes
    ----------
    images
        Image layers by role that the results are of; empty until something is run or taken in.
    truth
        The labels layer that is the truth, if any.
    selection
        Which objects scores leave out.

    Signals
    -------
    added(item), changed(item), removed(item)
        `changed` tells of status, name and layer; edits of a layer's data are the layer's events.
    images_changed, truth_changed
        Other layers were set.
    selection_changed
        Other objects are left out.
    """

    added = Signal(object)
    changed = Signal(object)
    removed = Signal(object)
    images_changed = Signal()
    truth_changed = Signal()
    selection_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.images: Mapping[str, Any] = {}
        self.truth: Any | None = None
        self.selection = EVERYTHING
        self._items: list[Item] = []

    def items(self) -> list[Item]:
        """Return all items in the order in which they were added."""
        return list(self._items)

    def done(self) -> list[Item]:
        """Return the items that have a layer."""
        return [item for item in self._items if item.layer is not None]

    def add(self, item: Item) -> None:
        """Take an item in; a name that is taken gets a number."""
        names = {other.name for other in self._items}
        base, number = item.name, 2
        while item.name in names:
            item.name = f"{base} ({number})"
            number += 1
        self._items.append(item)
        self.added.emit(item)

    def update(self, item: Item, status: Status | None = None, layer: Any | None = None) -> None:
        """Note news of an item."""
        item.status = status or item.status
        item.layer = item.layer if layer is None else layer
        self.changed.emit(item)

    def remove(self, item: Item) -> None:
        """Forget an item; its layer is the caller's."""
        self._items.remove(item)
        self.removed.emit(item)

    def set_images(self, images: Mapping[str, Any]) -> None:
        """Set the image layers by role."""
        self.images = dict(images)
        self.images_changed.emit()

    def set_truth(self, layer: Any | None) -> None:
        """Set the truth; None for none."""
        if layer is not self.truth:
            self.truth = layer
            self.truth_changed.emit()

    def set_selection(self, selection: Selection) -> None:
        """Set which objects scores leave out."""
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit()
