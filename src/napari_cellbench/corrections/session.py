"""What of labels is still to be saved, in steps: a window copies, another thread writes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .autosave import Autosave, folder_beside
from .batch import MOST_BYTES, Batch, Outcome, begin, write
from .claim import InUse
from .doubts import At
from .folders import Begun
from .journal import Journal, Snapshot
from .review import Review
from .saved import Recovered, Save, Work


class Session:
    """Labels that are being corrected, and what of them isn't saved yet.

    `run` waits for the disk, and is for a thread that may. All else is for the thread in which the
    labels are changed.

    Parameters
    ----------
    labels : (..., Y, X) integer
        Those of the layer, not a copy.
    work
        What they are.
    folders
        Where to save, the best first.

    Attributes
    ----------
    journal, review
        What was done, and the states.
    folder
        Where it is saved; None before the first change.
    last
        The latest save.
    problem
        Why nothing is saved, or not in the first folder; None where all is well.
    taken
        The folder with other corrections of the same labels, where that is the problem.
    fails
        Whether the latest step failed.
    lost
        Whether another window has taken over: nothing is saved any more.
    finished
        Whether the person is done.
    """

    def __init__(self, labels: NDArray[Any], work: Work, folders: tuple[Path, ...]) -> None:
        self.labels, self.work, self.folders = labels, work, folders
        self.journal, self.review = Journal(), Review()
        self.folder: Path | None = None
        self.last: Save | None = None
        self.problem: InputError | None = None
        self.taken: Path | None = None
        self.fails = self.lost = self.finished = False
        self._dirty: set[At] = set()
        self._suspects: set[At] = set()
        self._stale = self._moves = False
        self._underway: Batch | None = None
        self._begun: Begun | None = None
        self._running = threading.Lock()

    @classmethod
    def going_on(cls, autosave: Autosave, found: Recovered, labels: NDArray[Any]) -> Session:
        """Return the session of corrections that are gone on with; for the results of `go_on`."""
        session = cls(labels, autosave.work, (autosave.folder,))
        session.folder, session.last = autosave.folder, found.save
        session.journal, session.review = found.save.review.journal(), found.save.review.review()
        session._begun = Begun(autosave)
        # What came from elsewhere may be there only now.
        session._suspects = set(session._planes())
        return session

    @property
    def is_open(self) -> bool:
        """Whether something is saved already, or is to be."""
        begun = self.folder is not None or self.busy or self.has_news
        return begun and not (self.lost or self.finished)

    @property
    def has_news(self) -> bool:
        """Whether something is to be saved, or may be."""
        return not self.lost and bool(self._dirty or self._suspects or self._stale)

    @property
    def busy(self) -> bool:
        """Whether a step is under way."""
        return self._underway is not None

    def mark(self, planes: Iterable[At]) -> None:
        """Take note of planes that changed."""
        self._dirty.update(planes)
        self.finished = False

    def note(self, what: str, cells: Iterable[int] = (), at: At = ()) -> None:
        """Take note of a step of the person, or of a change of states."""
        self.journal.note(what, cells, at)
        self._stale = True
        self.finished = False

    def suspect(self) -> None:
        """Take note that planes which changed before may have changed again: undo doesn't tell."""
        if self.is_open:
            self._suspects.update(one.at for one in (self.last.planes if self.last else ()))
            self._suspects.update(self._underway.planes if self._underway else ())

    def renew(self, labels: NDArray[Any]) -> None:
        """Go on with another array of the same shape."""
        self.labels = labels
        if self.is_open:
            self._suspects.update(self._planes())

    def ends_conflict(self) -> None:
        """Take note that this window has what other corrections of the same labels there were."""
        self.taken = None
        if not self.lost and self._begun is not None:
            self.problem, self._begun = None, Begun(self._begun.autosave)

    def rename(self, name: str) -> None:
        """Take note of another name."""
        self.work = replace(self.work, name=name)
        self._stale = self._stale or self.is_open

    def move(self, folder: Path) -> None:
        """Save in another folder from the next step on: one below this, by the labels' name."""
        self.folders = (folder_beside(folder, self.work.name),)
        if self.is_open:
            self._moves = self._stale = True

    def collect(self, *, closes: bool = False, finished: bool = False) -> Batch:
        """Copy what is to be saved next, up to `MOST_BYTES`; the last step has all.

        Only one step is under way at a time, but for the last one.
        """
        closes = closes or finished
        leaves: Autosave | None = None
        if closes and self._underway is not None:
            # Whether it comes to a good end nobody knows yet.
            self._again(self._underway)
        elif self._moves and self._begun is not None:
            leaves, self._begun = self._begun.autosave, None
            self._dirty.update(one.at for one in (self.last.planes if self.last else ()))
        self._moves = False
        if self._begun is None:
            self._suspects.update(self._planes())
        planes: dict[At, NDArray[Any]] = {}
        size = 0
        for at in sorted(self._dirty):
            if size >= MOST_BYTES and not (closes or leaves):
                break
            planes[at] = self.labels[at].copy()
            size += planes[at].nbytes
        self._dirty -= set(planes)
        review = Snapshot.of(self.review, self.journal) if planes or self._stale else None
        batch = Batch(
            planes,
            tuple(sorted(self._suspects)),
            review,
            closes=closes,
            finished=finished,
            leaves=leaves,
            more=bool(self._dirty),
        )
        self._suspects, self._stale = set(), False
        self._underway = batch
        return batch

    def run(self, batch: Batch) -> Outcome:
        """Save; blocks until the disk has everything.

        Raises
        ------
        InUse
            If another window has taken the folder over.
        InputError
            See `Autosave.write`.
        """
        with self._running:
            was_in = self.folder if not self.finished and batch.leaves is None else None
            begun = self._begun
            try:
                begun = begun or begin(was_in, self.folders, self.work)
                begun.autosave.work = self.work
                outcome = write(batch, begun, self.labels)
            except BaseException:
                if batch.leaves is not None:
                    # It goes on where it was.
                    _close(begun)
                    begun = Begun(batch.leaves)
                raise
            finally:
                if batch.closes:
                    _close(begun)
                    begun = None
                self._begun = begun
            return outcome

    def settle(self, batch: Batch, outcome: Outcome) -> None:
        """Take note of what came of a step; call it, or `fail`, after each."""
        if batch is not self._underway:
            # The last step has come since, with all of this one.
            return
        before, self._underway = self.last, None
        self.folder, self.last = outcome.begun.autosave.folder, outcome.save
        self.problem, self.taken = outcome.begun.problem, outcome.begun.taken
        self.fails, self.finished = False, batch.finished and not self.has_news
        self._dirty.update(outcome.changed)
        if outcome.changed and before is not None:
            self.note("Changed by undo, redo or another tool")

    def fail(self, batch: Batch, error: InputError) -> None:
        """Take note that a step failed: what it was to save is still to be saved."""
        if batch is not self._underway:
            return
        self._underway = None
        self.problem, self.fails = error, True
        if isinstance(error, InUse) and self.folder is not None:
            self.lost, self.taken = True, self.folder
        else:
            self._again(batch)

    def _again(self, batch: Batch) -> None:
        self._dirty.update(batch.planes)
        self._suspects.update(batch.suspects)
        self._stale = True

    def _planes(self) -> Iterable[At]:
        return np.ndindex(self.labels.shape[:-2])


def _close(begun: Begun | None) -> None:
    if begun is not None:
        begun.autosave.close()
