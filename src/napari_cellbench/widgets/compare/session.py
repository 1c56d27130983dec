"""What runs, and what becomes of it: entries go in, items with layers come out."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from ...compare import State, Status
from ...compare.cache import ResultCache
from ...compare.naming import title_of
from ...compare.queue import Queue
from ...data.record import record_of
from ...errors import EngineError, sentence
from ..layers.in_front import add_hidden, bring_to_front
from ..layers.results import Found, Place, result_layer
from ..layers.source import Input, full_resolution
from ..notify import complain
from .entry_model import Line
from .results import Item, Results
from .run import CompareOrder, CompareRun


class Session(QObject):
    """Runs lines of the list, and keeps `Results` in step with the viewer.

    A result whose image was closed in the meantime comes as a layer all the same, where the image
    was. A line that is run again replaces its result, unless somebody has edited that.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        What is compared.
    cache
        Where results are kept.

    Signals
    -------
    moved(line)
        News of an entry.
    started(run)
        A run is about to begin.
    ended
        It is over.
    """

    moved = Signal(object)
    started = Signal(object)
    ended = Signal()

    def __init__(
        self, viewer: Any, results: Results, cache: ResultCache, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.viewer, self.results, self.cache = viewer, results, cache
        self.queue = Queue(cache)
        self.current_run: CompareRun | None = None
        self._lines: list[Line] = []
        self._items: list[Item] = []
        self._place: Place | None = None
        self._digests: dict[Item, int] = {}
        self._closed = False
        viewer.layers.events.removed.connect(self._layer_gone)

    def set_at_once(self, count: int | None) -> None:
        """Run so many entries at once from the next run on, if memory allows; None for one."""
        self.queue.release()
        self.queue = Queue(self.cache, count)

    def run(self, of: Input, index: tuple[int, ...] | None, lines: Sequence[Line]) -> None:
        """Run lines, one after another or as many at once as memory allows.

        Raises
        ------
        InputError
            If the layers don't go together.
        """
        entries = [line.entry for line in lines]
        run = CompareRun(self.queue, CompareOrder(of, index, entries))
        self._turn_to(dict(of.layers))
        self._place, self._lines = Place.of(of), list(lines)
        self._items = [self._new_item(line) for line in lines]
        run.changed.connect(self._note)
        run.failed.connect(self._fail)
        run.ended.connect(self._end)
        self.current_run = run
        self.started.emit(run)
        run.start()

    def cancel_line(self, line: Line) -> None:
        """Stop one entry; the others go on."""
        if self.current_run is not None and line.item in self._items:
            self.current_run.cancel_entry(self._items.index(line.item))

    def take_layers(self, layers: Sequence[Any], images: dict[str, Any]) -> None:
        """Compare labels layers that are there already, as results of the images."""
        if not self.results.images:
            self.results.set_images(images)
        for layer in layers:
            self.results.add(Item(layer.name, status=Status(State.DONE, 1.0), layer=layer))

    def is_edited(self, item: Item) -> bool:
        """Tell whether a result's layer isn't as it was when it came."""
        return item in self._digests and self._digests[item] != _digest(item.layer)

    def drop(self, item: Item) -> None:
        """Forget a result and remove its layer; stop it if it runs."""
        self.keep(item)
        if item.layer is not None and item.layer in self.viewer.layers:
            self.viewer.layers.remove(item.layer)

    def keep(self, item: Item) -> None:
        """Take a result out of the comparison and leave its layer; stop it if it runs."""
        if self.current_run is not None and item in self._items:
            self.current_run.cancel_entry(self._items.index(item))
        self._digests.pop(item, None)
        self.results.remove(item)

    def close_session(self) -> None:
        """Stop everything and follow the viewer no longer: the widget goes."""
        self._closed = True
        if self.current_run is not None:
            self.current_run.close()
        else:
            self.queue.release()
        self.viewer.layers.events.removed.disconnect(self._layer_gone)

    def _turn_to(self, images: dict[str, Any]) -> None:
        """Begin anew with other images; the layers of the former ones stay."""
        if images == dict(self.results.images):
            return
        if self.results.images:
            for item in self.results.items():
                self.keep(item)
        self.results.set_images(images)

    def _new_item(self, line: Line) -> Item:
        before = line.item
        if before in self.results.items() and not self.is_edited(before):
            self.drop(before)
        line.item = Item(title_of(line.entry), line.entry)
        self.results.add(line.item)
        self.moved.emit(line)
        return line.item

    def _note(self, number: int, status: Status, found: Found | None) -> None:
        line, item = self._lines[number], self._items[number]
        if self._closed or item not in self.results.items():
            return
        layer = None
        if found is not None and status.outcome is not None:
            assert self._place is not None
            layer = result_layer(self._place, found, item.name)
            self._add(layer)
            self._digests[item] = _digest(layer)
            # The layer holds the labels; kept here, too, they would take their memory twice.
            status = replace(status, outcome=replace(status.outcome, planes=()))
        self.results.update(item, status, layer)
        self.moved.emit(line)
        if status.state is State.FAILED:
            complain(EngineError(f"{item.name}: {status.message}"))

    def _add(self, layer: Labels) -> None:
        """Show a run's first result that has cells; the others wait for the grid, or to be chosen.

        All of them filled, one above the other, would hide each other.
        """
        is_first = not any(item.layer is not None and item.layer.visible for item in self._items)
        if is_first and record_of(layer)["n_objects"]:
            self.viewer.add_layer(layer)
            bring_to_front(self.viewer, layer, self.results.images.values())
        else:
            add_hidden(self.viewer, layer)

    def _fail(self, error: Exception) -> None:
        if self._closed:
            return
        for line, item in zip(self._lines, self._items, strict=True):
            if item.status.state in (State.WAITING, State.RUNNING):
                self.results.update(item, Status(State.FAILED, message=sentence(error)))
                self.moved.emit(line)
        complain(error)

    def _end(self) -> None:
        self.current_run = None
        self._items, self._lines = [], []
        self.ended.emit()

    def _layer_gone(self, event: Any) -> None:
        for item in self.results.done():
            if item.layer is event.value:
                self.keep(item)
        if event.value is self.results.truth:
            self.results.set_truth(None)


def _digest(layer: Any) -> int:
    return zlib.crc32(np.ascontiguousarray(full_resolution(layer)).data)
