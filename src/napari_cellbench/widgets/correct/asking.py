"""Asking a network about an image: which views were looked at, and how large cells are. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.ids import count_pixels
from ...data.source import Source
from ...engine import Setup
from ...engine.client.prompting import Forgotten, Looked, Offer, PromptEngine
from ...prompting.expectation import Expectation, from_areas
from ...prompting.prompts import Prompt
from ...prompting.views import SURVEY_SIDE, best_side, view_at, views_near

AHEAD = 5
"""Views that are looked at before they are asked for: that of the pointer, and the next ones."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What is pointed at.

    Attributes
    ----------
    setup
        The network.
    source, roles
        The plane of the image, and what its channels show.
    labels
        Returns the plane of cells that are there, (Y, X) integer; called in the thread.
    """

    setup: Setup
    source: Source
    roles: tuple[str, ...]
    labels: Callable[[], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Wish:
    """What a person wants to know.

    Attributes
    ----------
    prompt
        Where the pointer is, or what was drawn.
    keep
        Whether the answer is to be kept: a click. Else it is shown only.
    own
        Label of the cell that is being corrected.
    corrects
        The offer that the prompt's last point corrects.
    """

    prompt: Prompt
    keep: bool = False
    own: int = 0
    corrects: Offer | None = None

    @property
    def place(self) -> tuple[float, float]:
        """A point of the view that is to be looked at."""
        if self.prompt.box is not None:
            top, left, bottom, right = self.prompt.box
            return (top + bottom) / 2, (left + right) / 2
        y, x = self.prompt.points[-1]
        return float(y), float(x)


class Asking:
    """What is known of the image in hand, and the network that knows it. Of one thread.

    Parameters
    ----------
    engine
        Holds the network's process.
    tell
        Takes what is being waited for; empty when nothing is.
    closed, busy
        Set by another thread to end all that waits, and what is done ahead of any wish.
    """

    def __init__(
        self,
        engine: PromptEngine,
        tell: Callable[[str], None],
        closed: threading.Event,
        busy: threading.Event,
    ) -> None:
        self.engine, self._tell, self._closed, self._busy = engine, tell, closed, busy
        self._opened: tuple[Any, ...] | None = None
        self._looked: dict[Any, Looked] = {}
        self._place: tuple[float, float] | None = None
        self._stale = False
        self._usual: Expectation | None = None
        self._guess: Expectation | None = None
        # Of the survey of sizes: in this view, the row that comes next; -1 when it is done.
        self._first: Looked | None = None
        self._row = 0
        self._present: int | None = None

    def begin(self) -> None:
        """Know nothing any more: another image, or the process ended badly."""
        self._looked.clear()
        self._place = None
        self._usual, self._guess, self._first, self._present = None, None, None, None
        self._row, self._stale = 0, True

    def reopen(self) -> None:
        """Load the model anew before the next question."""
        self._opened = None

    def look_again(self) -> None:
        """Take note that the process forgot the views; what they told of sizes stays."""
        self._looked.clear()
        self._first, self._row = None, min(self._row, 0)

    def forget_sizes(self) -> None:
        """Learn the usual size of cells anew; called by other threads."""
        self._stale = True

    def be_ready(self, subject: Subject, place: tuple[float, float] | None) -> None:
        """Load the model, learn the usual size, and look at the view in which sizes are guessed.

        Parameters
        ----------
        subject
            What is pointed at.
        place
            Where somebody points first; None for the middle.
        """
        self._open(subject)
        if self._stale:
            self._stale = False
            self._usual = from_areas(count_pixels(subject.labels())[1])
        if self._first is None:
            rows, columns = subject.source.shape
            self._first = self._look(subject, place or (rows / 2, columns / 2), SURVEY_SIDE)

    def answer(self, subject: Subject, wish: Wish, *, quick: bool) -> tuple[Offer, ...] | None:
        """Return what the network says to a wish; None where it lies beside the image."""
        rows, columns = subject.source.shape
        y, x = wish.place
        if not (0 <= y < rows and 0 <= x < columns):
            return None
        if wish.corrects is not None:
            offers = self._ask(subject, wish, wish.corrects.looked, quick)
        else:
            try:
                looked = self._look(subject, wish.place, self._side())
                offers = self._ask(subject, wish, looked, quick)
            except Forgotten:
                self._looked.clear()
                looked = self._look(subject, wish.place, self._side())
                offers = self._ask(subject, wish, looked, quick)
        self._place = wish.place
        return offers

    def prepare(self, subject: Subject) -> bool:
        """Do a little of what may be asked next; tell whether there was anything to do."""
        if self._row >= 0 and self._first is not None:
            self._guess, is_last = self.engine.survey(self._first, self._row, self._busy)
            self._row = -1 if is_last else self._row + 1
            return True
        shape = subject.source.shape
        place = self._place or (shape[0] / 2, shape[1] / 2)
        for view in views_near(place, shape, self._side())[:AHEAD]:
            if view not in self._looked:
                self._looked[view] = self.engine.look(
                    subject.source, subject.roles, view, self._busy, ahead=True
                )
                return True
        return False

    def _open(self, subject: Subject) -> None:
        setup = subject.setup
        wanted = (setup.method.key, setup.checkpoint, setup.device, setup.python)
        if self._opened == wanted and self.engine.pid is not None:
            return
        self._tell("Loading the model…")
        self.engine.open(setup, lambda at: self._tell(f"{at.message}…"), self._closed)
        self.look_again()
        self._opened = wanted
        self._tell("")

    def _look(self, subject: Subject, place: tuple[float, float], side: int) -> Looked:
        view = view_at(place, subject.source.shape, side)
        if view not in self._looked:
            self._tell("Looking at this part of the image…")
            self._looked[view] = self.engine.look(subject.source, subject.roles, view, self._closed)
            self._tell("")
        return self._looked[view]

    def _side(self) -> int:
        """Return the side of the view that suits the cells."""
        # A guess that isn't complete changes: the views would, too.
        usual = self._usual or (self._guess if self._row < 0 else None)
        if usual is None:
            return SURVEY_SIDE
        self._present = best_side(usual.size, self._present)
        return self._present

    def _ask(self, subject: Subject, wish: Wish, looked: Looked, quick: bool) -> tuple[Offer, ...]:
        labels = np.asarray(subject.labels()[looked.view.slices])
        usual = self._usual or self._guess
        return self.engine.ask(
            looked, wish.prompt, labels, self._closed, wish.own, usual, wish.corrects, quick=quick
        )
