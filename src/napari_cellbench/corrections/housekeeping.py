"""What becomes of older files in a folder of corrections. Nothing that isn't ours is touched."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ..errors import InputError
from .saved import LABELS, STATE, numbers_in, read_save, state_name

LEFT_OVER = re.compile(r"\.[0-9a-f]{16}\.tmp")
"""What a process that was killed in the middle of writing leaves; see `files.atomic`."""


def remove_older(folder: Path, kept: int) -> None:
    """Remove the files of all saves but the latest ones.

    Raises
    ------
    OSError, InputError
        If that can't be done; all saves that are to be kept are.
    """
    numbers = numbers_in(folder)[:kept]
    names = {state_name(number) for number in numbers}
    for number in numbers:
        try:
            names.update(one.file for one in read_save(folder, number).planes)
        except ValueError:
            # Damaged: what it names nobody knows, so nothing goes.
            return
    for path in list(folder.iterdir()):
        ours = STATE.fullmatch(path.name) or LABELS.fullmatch(path.name)
        if ours and path.name not in names:
            path.unlink()


def set_aside_finished(folder: Path) -> None:
    """Put finished corrections into a folder of their own below.

    Raises
    ------
    InputError
        If they aren't finished.
    """
    try:
        save = read_save(folder, numbers_in(folder)[0])
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        save = None
    if save is None or not save.finished:
        raise InputError(
            f"{folder} holds corrections{f' of {save.work.name}' if save else ''} that aren't "
            "finished: go on with them, or choose another folder."
        )
    aside = folder / f"finished-{datetime.fromisoformat(save.time):%Y%m%d-%H%M%S}"
    try:
        aside.mkdir(exist_ok=True)
        # The saves last: as long as one is there, what they name is looked for.
        _move(folder, aside, LABELS)
        _move(folder, aside, STATE)
    except OSError as error:
        raise InputError(
            f"{folder} can't be written ({error.strerror or error}): choose another folder."
        ) from error


def set_aside_damaged(folder: Path, whole: int) -> None:
    """Put saves that are later than the one that is whole into a folder of their own below."""
    later = [number for number in numbers_in(folder) if number > whole]
    if not later:
        return
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    with suppress(OSError):
        aside = folder / f"damaged-{stamp}"
        aside.mkdir()
        for number in later:
            _move(folder, aside, LABELS, number)
            _move(folder, aside, STATE, number)


def tidy(folder: Path) -> None:
    """Remove what a killed process has left unfinished."""
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if LEFT_OVER.fullmatch(path.name):
                path.unlink()


def sync(folder: Path) -> None:
    """Have the names of new files on the disk, too, before anything else is."""
    # Windows can't open a folder, and has them by itself.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move(folder: Path, aside: Path, kind: re.Pattern[str], number: int | None = None) -> None:
    """Move our files of a kind, of one save or of all."""
    ending = "" if number is None else f"-{number:08}"
    for path in sorted(folder.iterdir()):
        if kind.fullmatch(path.name) and path.stem.endswith(ending):
            path.rename(aside / path.name)
