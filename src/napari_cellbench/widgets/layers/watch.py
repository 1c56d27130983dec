"""Edits of labels layers, by whatever tool, as layer and region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any

from qtpy.QtCore import QObject, Signal


class LabelsWatch(QObject):
    """Follows labels layers; napari holds it weakly.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    edited(layer, region)
        The rows and columns of a layer that changed; None for any.
    painted(layer, planes)
        The planes that a whole stroke or edit changes, as indices of the axes in front; the pixels
        may follow in a moment.
    replaced
        A layer has got other data.
    """

    edited = Signal(object, object)
    painted = Signal(object, object)
    replaced = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self._layers: list[Any] = []

    def follow(self, layers: Iterable[Any]) -> None:
        """Follow these layers and no others."""
        for layer in self._layers:
            for event, slot in self._connections(layer):
                event.disconnect(slot)
        self._layers = list(layers)
        for layer in self._layers:
            for event, slot in self._connections(layer):
                event.connect(slot)

    def _connections(self, layer: Any) -> list[tuple[Any, Callable[[Any], None]]]:
        events = layer.events
        return [
            (events.labels_update, self._partly_drawn),
            (events.paint, self._painted),
            (events.set_data, self._refreshed),
            (events.data, self._renewed),
        ]

    def _partly_drawn(self, event: Any) -> None:
        """Pass on a step of a stroke: napari has drawn the part of the layer that changed."""
        dims = self._viewer.dims
        flat = dims.ndisplay == 2 and tuple(dims.displayed) == (dims.ndim - 2, dims.ndim - 1)
        top, left = event.offset[-2:]
        height, width = event.data.shape[-2:]
        region = (slice(top, top + height), slice(left, left + width))
        self.edited.emit(event.source, region if flat else None)

    def _painted(self, event: Any) -> None:
        """Pass on a whole stroke; on planes that aren't shown this is the only news of it."""
        for change in event.value:
            box = getattr(change, "slice_key", None)
            # The older form of a change: index arrays, values before, values after.
            box = box or [slice(int(i.min()), int(i.max()) + 1) for i in change[0]]
            self.edited.emit(event.source, (box[-2], box[-1]))
            axes = [_indices(one) for one in box[:-2]]
            self.painted.emit(event.source, tuple(product(*axes)))

    def _refreshed(self, event: Any) -> None:
        """Pass on undo, redo, and what a script has written: where isn't said."""
        self.edited.emit(event.source, None)

    def _renewed(self, event: Any) -> None:
        self.replaced.emit()


def _indices(part: Any) -> Sequence[int]:
    """Return the indices of an axis that a box goes through."""
    return range(part.start, part.stop) if isinstance(part, slice) else (int(part),)
