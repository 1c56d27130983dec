"""The thread that keeps asking: what the pointer is on goes in, cells come out."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from qtpy.QtCore import QObject, Signal

from ...engine.client.engine import IDLE_SECONDS
from ...engine.client.prompting import Forgotten
from ...errors import Cancelled
from ..jobs.engines import new_prompt_engine
from .asking import Asking, Subject, Wish

REST = 0.08
"""Seconds after which a pointer that hasn't moved is worth a better answer."""
PAUSE = 0.15
"""Seconds without a wish after which the thread looks around by itself."""


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
        self._asking = Asking(
            self.engine, lambda text: self._emit(self.told, text), self._closed, self._busy
        )
        self._subject: Subject | None = None
        self._kept: list[Wish] = []
        self._shown: Wish | None = None
        self._changed = self._is_kept = False
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
        self._asking.forget_sizes()

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
                    self._asking.begin()
                rest = self._work(subject, wish)
            except Cancelled:
                # For the sake of a wish, or because the memory was wanted back.
                rest = PAUSE
            except Forgotten:
                self._asking.look_again()
                rest = PAUSE
            except Exception as error:
                self._asking.begin()
                self._asking.reopen()
                rest = None
                self._emit(self.told, "")
                self._emit(self.failed, error)
        self.engine.release()

    def _has_mail(self) -> bool:
        return bool(self._closed.is_set() or self._changed or self._kept or self._shown)

    def _moves_on(self) -> bool:
        with self._wake:
            return self._wake.wait_for(lambda: self._has_mail() or self._is_kept, REST)

    def _work(self, subject: Subject, wish: Wish | None) -> float | None:
        """Answer a wish, or prepare for the next.

        Returns
        -------
        float or None
            Seconds to wait for a wish before more is prepared; None where all is.
        """
        self._asking.be_ready(subject, None if wish is None else wish.place)
        if wish is None:
            return 0.0 if self._asking.prepare(subject) else None
        # A pointer that moves on is followed by quick answers; where it rests, a better one.
        if not wish.keep:
            self._offer(subject, wish, quick=True)
        if wish.keep or not self._moves_on():
            self._offer(subject, wish, quick=False)
        return PAUSE

    def _offer(self, subject: Subject, wish: Wish, *, quick: bool) -> None:
        offers = self._asking.answer(subject, wish, quick=quick)
        if offers is not None:
            self._emit(self.offered, wish, offers)

    def _emit(self, signal: Any, *values: Any) -> None:
        # Qt itself may be gone when the program ends.
        with contextlib.suppress(RuntimeError):
            signal.emit(*values)
