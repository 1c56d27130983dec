"""One step of saving corrections: what it takes along, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..errors import InputError
from .autosave import Autosave
from .claim import InUse
from .doubts import At
from .folders import Begun, begin_in_one_of
from .journal import Snapshot
from .restore import read_source, unsaved
from .saved import Save, Work

MOST_BYTES = 2**26
"""Copied at once: more would be felt in the window. The rest follows without delay."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What one step saves.

    Attributes
    ----------
    planes
        Copies of planes that changed, which nobody paints on.
    suspects
        Planes that may have changed.
    review
        States and history; None where they are as they were.
    closes
        Whether it is the last step for now: other windows may go on afterwards.
    finished
        Whether the person is done.
    leaves
        What was written until now, where another folder is chosen.
    more
        Whether there is more to be saved at once.
    """

    planes: dict[At, NDArray[Any]]
    suspects: tuple[At, ...]
    review: Snapshot | None
    closes: bool = False
    finished: bool = False
    leaves: Autosave | None = None
    more: bool = False


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a step.

    Attributes
    ----------
    begun
        Where it is saved now.
    save
        The latest; None where there is none yet.
    changed
        Planes that turned out to be still unsaved.
    """

    begun: Begun
    save: Save | None
    changed: tuple[At, ...] = ()


def begin(was_in: Path | None, folders: Sequence[Path], work: Work) -> Begun:
    """Open the folder to save in.

    Parameters
    ----------
    was_in
        Where it was saved until it was closed for a while; None before the first time.
    folders, work
        See `begin_in_one_of`.

    Raises
    ------
    InUse
        If another window has gone on with it meanwhile.
    InputError
        If no folder can be written to.
    """
    if was_in is not None:
        try:
            return Begun(Autosave.go_on(was_in)[0])
        except InUse:
            raise
        except InputError:
            # Gone, or damaged: all of it is saved anew.
            pass
    return begin_in_one_of(folders, work)


def write(batch: Batch, begun: Begun, labels: NDArray[Any]) -> Outcome:
    """Do a step; blocks until the disk has everything.

    Parameters
    ----------
    batch
        The step.
    begun
        Where to.
    labels : (..., Y, X) integer
        Those of the layer. The last step copies what it finds unsaved from them.

    Raises
    ------
    InUse, InputError
        See `Autosave.write`.
    """
    autosave = begun.autosave
    if batch.planes or batch.review is not None:
        autosave.write(batch.planes, batch.review)
    else:
        autosave.keep_alive()
    changed = _changed(batch, autosave, labels)
    if batch.closes:
        for at in changed:
            autosave.write({at: labels[at].copy()})
        changed = []
    if batch.finished:
        autosave.write({}, finished=True)
    if batch.leaves is not None:
        # Offered no more: all of it is in the new folder.
        with suppress(InputError):
            batch.leaves.write({}, finished=True)
        batch.leaves.close()
    return Outcome(begun, autosave.last, tuple(changed))


def _changed(batch: Batch, autosave: Autosave, labels: NDArray[Any]) -> list[At]:
    """Return which of the suspects are still unsaved."""
    saved = {one.at: one for one in autosave.last.planes} if autosave.last is not None else {}
    suspects = [at for at in batch.suspects if at not in batch.planes]

    def source() -> NDArray[Any] | None:
        # The plane of an image is saved whatever happens.
        return read_source(autosave.work, autosave.folder.parent) if labels.ndim > 2 else None

    return unsaved(labels, suspects, saved, source)
