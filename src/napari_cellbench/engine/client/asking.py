"""Asking a promptable network about many cells, one after another: work in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.source import Source
from ...prompting.expectation import Expectation
from ...prompting.prompts import Prompt
from ...prompting.views import best_side, view_at
from ..job import Progress
from ..request import Setup
from .prompting import Forgotten, Looked, Offer, PromptEngine


class Asker:
    """Asks about one plane after another, in a worker process of its own: pointing goes on.

    The process ends with the block where this is used as a context manager.

    Parameters
    ----------
    setup
        The network.
    roles
        What each channel of the planes shows.
    cancel
        Set by another thread to stop.
    """

    def __init__(self, setup: Setup, roles: tuple[str, ...], cancel: threading.Event) -> None:
        self._setup, self._roles, self._cancel = setup, roles, cancel
        self._engine = PromptEngine()
        self._source: Source | None = None
        self._looked: dict[Any, Looked] = {}

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.release()

    def open(self, progress: Callable[[Progress], None]) -> None:
        """Load the network; see `PromptEngine.open`."""
        self._engine.open(self._setup, progress, self._cancel)

    def ask(
        self,
        source: Source,
        prompt: Prompt,
        labels: NDArray[Any],
        usual: Expectation | None = None,
    ) -> tuple[Offer, ...]:
        """Return what a prompt may mean, the likeliest first.

        Parameters
        ----------
        source
            The plane.
        prompt
            In pixels of the plane.
        labels : (Y, X) integer
            The cells that are there.
        usual
            The size of a cell; without, that of the prompt's box, else unknown.

        Raises
        ------
        InputError, EngineError, Cancelled
            See `PromptEngine`.
        """
        place, size = _middle(prompt), _size(prompt) if usual is None else usual.size
        side = best_side(size) if size else max(source.shape)
        view = view_at(place, source.shape, side)
        if source is not self._source:
            self._source = source
            self._looked.clear()
        there = labels[view.slices]
        for _ in range(2):
            if view not in self._looked:
                self._looked[view] = self._engine.look(source, self._roles, view, self._cancel)
            try:
                return self._engine.ask(
                    self._looked[view], prompt, there, self._cancel, expectation=usual
                )
            except Forgotten:
                self._looked.clear()
        raise Forgotten("The network forgets what it is shown: choose a smaller model.")


def _middle(prompt: Prompt) -> tuple[float, float]:
    if prompt.box is None:
        y, x = prompt.points[0]
        return float(y), float(x)
    top, left, bottom, right = prompt.box
    return (top + bottom) / 2, (left + right) / 2


def _size(prompt: Prompt) -> float:
    if prompt.box is None:
        return 0.0
    top, left, bottom, right = prompt.box
    return float(np.sqrt((bottom - top) * (right - left)))
