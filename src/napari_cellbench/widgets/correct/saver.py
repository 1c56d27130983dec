"""Writes sessions beside the window, one step of each at a time."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from qtpy.QtCore import QObject, Signal

from ...corrections.batch import Batch, Outcome
from ...corrections.session import Session
from ...errors import InputError, sentence
from ..jobs.background import Background
from ..jobs.last import before_the_end
from ..notify import complain


class Saver(QObject):
    """Takes the steps of sessions; what goes wrong is shown once, until it goes well again.

    Signals
    -------
    changed
        There is something new to be said of a session.
    given_back
        A session has ended: other windows can go on with it.
    """

    changed = Signal()
    given_back = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._kept: set[Session] = set()
        self._again: set[Session] = set()
        self._told: set[Session] = set()

    def keep(self, session: Session) -> None:
        """Save a session from now on, whenever it is asked for."""
        self._kept.add(session)

    def save(self, session: Session) -> None:
        """Save what is new, or show other windows that this one is there."""
        if session not in self._kept:
            # It was given back meanwhile.
            return
        if session.busy:
            self._again.add(session)
        elif session.is_open:
            self._step(session, session.collect())

    def finish(self, session: Session) -> None:
        """Save what is new, and that the person is done."""
        self._step(session, session.collect(finished=True))

    def end(self, session: Session) -> None:
        """Save a last time, and let other windows go on."""
        self._kept.discard(session)
        if not session.is_open:
            return
        batch = session.collect(closes=True)

        def last() -> None:
            # Nobody else uses the session until then.
            try:
                session.settle(batch, session.run(batch))
            except Exception as error:
                session.fail(batch, _told(error))
                raise
            finally:
                # Qt itself may be gone when the program ends.
                with suppress(RuntimeError):
                    self.given_back.emit()

        before_the_end(last)

    def _step(self, session: Session, batch: Batch) -> None:
        job = Background(partial(session.run, batch), "cellbench-saving")
        job.returned.connect(partial(self._saved, session, batch))
        job.failed.connect(partial(self._failed, session, batch))
        job.start()

    def _saved(self, session: Session, batch: Batch, outcome: Outcome) -> None:
        session.settle(batch, outcome)
        self._told.discard(session)
        more = batch.more or bool(outcome.changed) or session in self._again
        self._again.discard(session)
        if more:
            self.save(session)
        self.changed.emit()

    def _failed(self, session: Session, batch: Batch, error: Exception) -> None:
        session.fail(batch, _told(error))
        self._again.discard(session)
        if session not in self._told:
            self._told.add(session)
            complain(error)
        self.changed.emit()


def _told(error: Exception) -> InputError:
    return error if isinstance(error, InputError) else InputError(sentence(error))
