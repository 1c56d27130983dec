"""Stands in for the worker process that is asked about cells: answers from what is drawn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.ndimage import label

from napari_cellbench.engine.client.prompting import Looked, Offer
from napari_cellbench.errors import Cancelled
from napari_cellbench.prompting.views import View


class FakeAsker:
    """Finds the piece of the image above `LEVEL` that the first point lies in.

    As a network does, it finds something in a box whether or not there is a cell.

    Attributes
    ----------
    gate
        Set to let it answer.
    spoil
        Changes the mask that is offered.
    """

    LEVEL = 140
    gate = threading.Event()
    spoil: Callable[[Any], Any] = staticmethod(lambda mask: mask)

    def __init__(self, _setup: object, roles: tuple[str, ...], cancel: threading.Event) -> None:
        assert roles
        self._cancel = cancel

    def __enter__(self) -> FakeAsker:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def open(self, progress: Callable[[Any], None]) -> None:
        """There is nothing to load."""

    def ask(self, source: Any, prompt: Any, labels: Any, usual: Any = None) -> tuple[Offer, ...]:
        """Answer once the gate is open."""
        while not self.gate.wait(0.02):
            if self._cancel.is_set():
                raise Cancelled("Stopped.")
        rows, columns = source.shape
        assert labels.shape == source.shape
        pieces = label(source.read((slice(0, rows), slice(0, columns)))[0] > self.LEVEL)[0]
        y, x = np.floor(prompt.points[0] + 0.5).astype(int)
        mask = (pieces == pieces[y, x]) & (pieces[y, x] > 0)
        if prompt.box is not None and not mask.any():
            top, left, bottom, right = prompt.box
            mask[top:bottom, left:right] = True
        looked = Looked("", View(0, 0, rows, columns))
        return (Offer(self.spoil(mask), (0, 0), 1.0, 1.0, "", looked),)


def new_fake() -> type[FakeAsker]:
    """Return a class of its own, with an open gate, to put in `Asker`'s place."""
    made = type("Asker", (FakeAsker,), {"gate": threading.Event()})
    made.gate.set()
    return made
