"""The thread that keeps asking: what the pointer is on goes in, cells come out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ...data.ids import count_pixels
from ...data.source import Source
from ...engine import Setup
from ...engine.client.engine import IDLE_SECONDS
from ...engine.client.prompting import Forgotten, Looked, Offer
from ...errors import Cancelled
from ...prompting.expectation import Expectation, from_areas
from ...prompting.prompts import Prompt
from ...prompting.views import SURVEY_SIDE, best_side, view_at, views_near
from ..jobs.engines import new_prompt_engine

REST = 0.08
"""Seconds after which a pointer that hasn't moved is worth a better answer."""
PAUSE = 0.15
"""Seconds without a wish after which the thread looks around by itself."""
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


class PromptThread(QObject):
    """Asks a network in the background; of wishes that are only shown the latest counts.

    Parameters
    ----------
    idle_seconds
        The worker process ends after this long without a wish.

    Signals
    -------
    offered(wish, offers)
        A `Wish` and its tuple of `Offer`.
    told(text)
        What is being waited for; empty when nothing is.
    failed(error)
        A message for the user. The thread goes on: the next wish begins anew.
    """

    offered = Signal(object, object)
    told = Signal(str)
    failed = Signal(object)

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        super().__init__()
        self.engine = new_prompt_engine()
        self._idle_seconds = idle_seconds
        self._wake = threading.Condition()
        self._closed = threading.Event()
        # Set by whatever is worth more than looking ahead.
        self._busy = threading.Event()
        self._place: tuple[float, float] | None = None
        self._subject: Subject | None = None
        self._kept: list[Wish] = []
        self._shown: Wish | None = None
        self._changed = False
        self._stale = self._is_kept = False
        self._opened: tuple[Any, ...] | None = None
        self._looked: dict[Any, Looked] = {}
        self._usual: Expectation | None = None
        self._guess: Expectation | None = None
        self._row = 0
        self._first: Looked | None = None
        self._present: int | None = None
        self.thread_ = threading.Thread(target=self._run, name="cellbench-prompts", daemon=True)
        self.thread_.start()

    def turn_to(self, subject: Subject | None) -> None:
        """Ask about something else from now on; None for nothing."""
        with self._wake:
            self._subject, self._changed = subject, True
            self._kept.clear()
            self._shown = None
            self._call()

    def wish(self, wish: Wish) -> None:
        """Ask; every wish that is to be kept is answered, in order."""
        with self._wake:
            if wish.keep:
                self._kept.append(wish)
                self._shown = None
            else:
                self._shown = wish
            self._call()

    def take(self) -> None:
        """Take note that what is shown was kept: it needs no better answer."""
        with self._wake:
            self._is_kept = True
            self._wake.notify()

    def forget_sizes(self) -> None:
        """Learn the usual size of cells anew: some were added, changed or removed."""
        self._stale = True

    def close(self) -> None:
        """End the thread, and the worker process with it."""
        self._closed.set()
        with self._wake:
            self._call()

    def _call(self) -> None:
        self._busy.set()
        self._wake.notify()

    def _run(self) -> None:
        rest: float | None = None
        while not self._closed.is_set():
            with self._wake:
                seconds = self._idle_seconds if rest is None else rest
                has_mail = self._wake.wait_for(self._has_mail, seconds)
                if self._closed.is_set():
                    break
                self._busy.clear()
                # Without a wish no model is loaded again: its memory was wanted back.
                if not has_mail and (rest is None or self.engine.pid is None):
                    self.engine.release()
                    rest = None
                    continue
                subject, changed = self._subject, self._changed
                self._changed = False
                wish = self._kept.pop(0) if self._kept else self._shown
                if wish is self._shown:
                    self._shown = None
                self._is_kept = False
            if subject is None:
                rest = None
                continue
            try:
                if changed:
                    self._begin()
                    self._place = None
                rest = self._work(subject, wish)
            except Cancelled:
                # For the sake of a wish, or because the memory was wanted back.
                rest = PAUSE
            except Forgotten:
                self._looked.clear()
                self._first, self._row = None, min(self._row, 0)
                rest = PAUSE
            except Exception as error:
                self._begin()
                self._opened = rest = None
                self._emit(self.told, "")
                self._emit(self.failed, error)
        self.engine.release()

    def _has_mail(self) -> bool:
        return bool(self._closed.is_set() or self._changed or self._kept or self._shown)

    def _moves_on(self) -> bool:
        with self._wake:
            return self._wake.wait_for(lambda: self._has_mail() or self._is_kept, REST)

    def _begin(self) -> None:
        self._looked.clear()
        self._usual, self._guess, self._first, self._present = None, None, None, None
        self._row, self._stale = 0, True

    def _work(self, subject: Subject, wish: Wish | None) -> float | None:
        """Answer a wish, or prepare for the next.

        Returns
        -------
        float or None
            Seconds to wait for a wish before more is prepared; None where all is.
        """
        self._open(subject)
        if self._stale:
            self._stale = False
            self._usual = from_areas(count_pixels(subject.labels())[1])
        if self._first is None:
            shape = subject.source.shape
            middle = (shape[0] / 2, shape[1] / 2) if wish is None else wish.place
            self._first = self._look(subject, middle, SURVEY_SIDE)
        if wish is not None:
            # A pointer that moves on is followed by quick answers; where it rests, a better one.
            if not wish.keep:
                self._offer(subject, wish, quick=True)
            if wish.keep or not self._moves_on():
                self._offer(subject, wish, quick=False)
            return PAUSE
        if self._row >= 0:
            self._guess, is_last = self.engine.survey(self._first, self._row, self._busy)
            self._row = -1 if is_last else self._row + 1
            return 0.0
        return 0.0 if self._look_ahead(subject) else None

    def _look_ahead(self, subject: Subject) -> bool:
        """Look at the view that is likely to be asked for next; tell whether there was one."""
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
        self._emit(self.told, "Loading the model…")
        self.engine.open(setup, lambda at: self._emit(self.told, f"{at.message}…"), self._closed)
        self._looked.clear()
        self._first, self._row = None, min(self._row, 0)
        self._opened = wanted
        self._emit(self.told, "")

    def _look(self, subject: Subject, place: tuple[float, float], side: int) -> Looked:
        view = view_at(place, subject.source.shape, side)
        if view not in self._looked:
            self._emit(self.told, "Looking at this part of the image…")
            self._looked[view] = self.engine.look(subject.source, subject.roles, view, self._closed)
            self._emit(self.told, "")
        return self._looked[view]

    def _offer(self, subject: Subject, wish: Wish, *, quick: bool) -> None:
        offers = self._answer(subject, wish, quick)
        if offers is not None:
            self._place = wish.place
            self._emit(self.offered, wish, offers)

    def _answer(self, subject: Subject, wish: Wish, quick: bool) -> tuple[Offer, ...] | None:
        rows, columns = subject.source.shape
        y, x = wish.place
        if not (0 <= y < rows and 0 <= x < columns):
            return None
        if wish.corrects is not None:
            return self._ask(subject, wish, wish.corrects.looked, quick)
        try:
            return self._ask(subject, wish, self._look(subject, wish.place, self._side()), quick)
        except Forgotten:
            self._looked.clear()
            return self._ask(subject, wish, self._look(subject, wish.place, self._side()), quick)

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

    def _emit(self, signal: Any, *values: Any) -> None:
        # Qt itself may be gone when the program ends.
        with contextlib.suppress(RuntimeError):
            signal.emit(*values)
