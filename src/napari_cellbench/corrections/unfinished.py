"""Corrections that were begun and aren't finished, for the next start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files.recent import RecentFolders
from .claim import Holder, holder_of
from .saved import Save, numbers_in, read_save

MOST = 100
"""So many folders are remembered, the latest ones."""

_USED = RecentFolders("corrections.json", MOST)


@dataclass(frozen=True, eq=False)
class Unfinished:
    """Corrections that can be gone on with.

    Attributes
    ----------
    folder
        For `Autosave.go_on`.
    save
        The latest, or the one before if that is damaged; without label images.
    holder
        The window that works on them just now, if there is one.
    """

    folder: Path
    save: Save
    holder: Holder | None = None

    def describe(self) -> str:
        """Say what it is in a line."""
        progress = self.save.review.review().progress()
        image = f" on {self.save.work.image}" if self.save.work.image else ""
        # Nothing is known of cells that nobody has looked through.
        checked = f", {progress.text()}" if progress.total else ""
        return f"{self.save.work.name}{image}{checked}, saved at {self.save.clock}"


def unfinished() -> list[Unfinished]:
    """List corrections that aren't finished, the latest first.

    Folders that are gone, or can't be read now, aren't listed; nor are those without a save.
    """
    found = (unfinished_in(folder) for folder in _USED.read())
    return sorted(
        (one for one in found if one is not None), key=lambda one: one.save.time, reverse=True
    )


def unfinished_in(folder: Path) -> Unfinished | None:
    """Return the corrections in a folder; None where there are none, or they are finished."""
    save = _latest(folder)
    if save is None or save.finished:
        return None
    return Unfinished(folder.resolve(), save, holder_of(folder))


def remember(folder: Path) -> None:
    """Note a folder, to be offered at the next start.

    Raises
    ------
    InputError
        If the settings can't be written.
    """
    _USED.put_first(folder.resolve())


def forget(folder: Path) -> None:
    """Offer a folder no more; what is in it stays.

    Raises
    ------
    InputError
        If the settings can't be written.
    """
    _USED.drop(folder.resolve())


def _latest(folder: Path) -> Save | None:
    try:
        for number in numbers_in(folder):
            try:
                return read_save(folder, number)
            except InputError:
                raise
            except ValueError:
                continue
    except InputError:
        return None
    return None
