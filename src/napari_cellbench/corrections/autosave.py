"""Saving corrections while they are made, so that nothing is lost whatever happens."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.atomic import replacing
from ..files.schema import to_json
from .claim import Claim
from .doubts import At
from .housekeeping import remove_older, set_aside_damaged, set_aside_finished, sync, tidy
from .journal import Snapshot
from .lookup import check_plane
from .saved import (
    VERSION,
    PlaneFile,
    Recovered,
    Save,
    Work,
    checksum_of,
    labels_name,
    numbers_in,
    recover,
    state_name,
)
from .unfinished import forget, remember

GENERATIONS = 2
"""Saves that are kept: the latest, and the one before."""


class Autosave:
    """A folder that corrections are saved into; make it with `begin` or `go_on`.

    Its methods may be called from any thread, and block it until the disk has everything: call
    `write` from one that may wait. Two windows can't have the same folder.

    Attributes
    ----------
    folder
        Where.
    work
        What is corrected.
    """

    def __init__(self, folder: Path, work: Work, claim: Claim, last: Save | None) -> None:
        self.folder, self.work = folder, work
        self._claim = claim
        self._last = last
        self._number = max(numbers_in(folder), default=0)
        self._writing = threading.Lock()

    @classmethod
    def begin(cls, folder: Path, work: Work, *, force: bool = False) -> Autosave:
        """Begin a correction.

        Parameters
        ----------
        folder
            Made where missing. Finished corrections in it are set aside in a folder below.
        work
            What is corrected.
        force
            Whether to take the folder from another window.

        Raises
        ------
        InUse
            If another window works on it.
        InputError
            If it can't be written to, or holds corrections that aren't finished.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{folder} can't be made ({error.strerror or error}): choose another folder."
            ) from error
        claim = Claim.on(folder, force=force)
        try:
            if numbers_in(folder):
                set_aside_finished(folder)
            tidy(folder)
            _remember(folder)
        except BaseException:
            claim.release()
            raise
        return cls(folder, work, claim, None)

    @classmethod
    def go_on(cls, folder: Path, *, force: bool = False) -> tuple[Autosave, Recovered]:
        """Go on with corrections of an earlier session.

        Parameters
        ----------
        folder, force
            See `begin`.

        Raises
        ------
        InUse
            If another window works on it.
        InputError
            See `recover`.
        """
        if not numbers_in(folder):
            raise InputError(f"There are no corrections in {folder}.")
        claim = Claim.on(folder, force=force)
        try:
            found = recover(folder, claim)
            set_aside_damaged(folder, found.save.number)
            tidy(folder)
            _remember(folder)
        except BaseException:
            claim.release()
            raise
        return cls(folder, found.save.work, claim, found.save), found

    @property
    def last(self) -> Save | None:
        """The latest save; None before the first."""
        return self._last

    def write(
        self,
        planes: Mapping[At, NDArray[Any]],
        review: Snapshot | None = None,
        *,
        finished: bool = False,
    ) -> Save:
        """Save; all of it or nothing.

        Parameters
        ----------
        planes
            Labels (Y, X) of the planes that changed since the last save, which must not be
            painted on meanwhile. The others stay as they were saved.
        review
            States and history; those of the last save if left out.
        finished
            Whether the person is done, so that it isn't offered again.

        Raises
        ------
        InUse
            If another window has taken the folder over.
        InputError
            If the disk is full or the folder is gone. What was saved before is still there.
        """
        for labels in planes.values():
            check_plane(labels)
        with self._writing, self._claim.held():
            number = self._number + 1
            made: list[Path] = []
            try:
                save = self._save(planes, review, finished, number, made)
            except BaseException as error:
                for path in made:
                    with suppress(OSError):
                        path.unlink()
                if isinstance(error, InputError) and self._last is not None:
                    raise InputError(
                        f"{error} What was saved at {self._last.clock} is still there."
                    ) from error
                raise
            self._last, self._number = save, number
            with suppress(OSError, InputError):
                remove_older(self.folder, GENERATIONS)
        if finished:
            forget(self.folder)
        return save

    def keep_alive(self) -> None:
        """Show other computers that this window is still there, where nothing is written for long.

        Raises
        ------
        InUse
            If another window has taken the folder over.
        """
        # One that writes is alive.
        if self._writing.acquire(blocking=False):
            try:
                with self._claim.held():
                    pass
            finally:
                self._writing.release()

    def close(self) -> None:
        """Let other windows go on with it."""
        with self._writing:
            self._claim.release()

    def _save(
        self,
        planes: Mapping[At, NDArray[Any]],
        review: Snapshot | None,
        finished: bool,
        number: int,
        made: list[Path],
    ) -> Save:
        known = {one.at: one for one in self._last.planes} if self._last is not None else {}
        for at, labels in planes.items():
            one = _described(at, labels, number)
            old = known.get(at)
            if old is None or (old.checksum, old.shape, old.dtype) != (
                one.checksum,
                one.shape,
                one.dtype,
            ):
                made.append(self.folder / one.file)
                _write_labels(made[-1], labels)
                known[at] = one
        if made:
            sync(self.folder)
        if review is None:
            review = self._last.review if self._last is not None else Snapshot()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        ordered = tuple(known[at] for at in sorted(known))
        save = Save(VERSION, number, now, self.work, ordered, review, finished)
        with replacing(self.folder / state_name(number), follow=False) as file:
            file.write(to_json(save))
        sync(self.folder)
        return save


def folder_beside(path: Path, name: str = "") -> Path:
    """Return a folder for the corrections of a file, or of a name in a folder; none is made.

    Examples
    --------
    >>> folder_beside(Path("plate/a.tif")).as_posix()
    'plate/a.corrections'
    >>> folder_beside(Path("plate"), "Cells: StarDist").as_posix()
    'plate/Cells StarDist.corrections'
    """
    if not name:
        return path.with_name(f"{path.name.partition('.')[0] or path.name}.corrections")
    plain = " ".join(re.sub(r"[^\w.-]+", " ", name).split()).strip(". ") or "labels"
    return path / f"{plain[:100]}.corrections"


def _remember(folder: Path) -> None:
    """Note a folder for the next start, where settings can be written."""
    # Else it is offered where the labels are opened: that is no reason to save nothing.
    with suppress(InputError):
        remember(folder)


def _described(at: At, labels: NDArray[Any], number: int) -> PlaneFile:
    shape = (int(labels.shape[0]), int(labels.shape[1]))
    dtype = labels.dtype.newbyteorder("=")
    checksum = checksum_of(labels.astype(dtype, copy=False))
    return PlaneFile(tuple(at), labels_name(at, number), dtype.name, shape, checksum)


def _write_labels(path: Path, labels: NDArray[Any]) -> None:
    import tifffile

    with replacing(path, follow=False) as file:
        tifffile.imwrite(
            file,
            np.ascontiguousarray(labels, labels.dtype.newbyteorder("=")),
            compression="zlib",
            photometric="minisblack",
        )
