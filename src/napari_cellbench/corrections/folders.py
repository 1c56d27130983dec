"""Where corrections are saved: beside the work, else where a person can write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..data.ome_zarr import is_zarr
from ..errors import InputError
from ..files.places import data_root
from .autosave import Autosave, folder_beside
from .claim import InUse
from .saved import Work, numbers_in
from .unfinished import forget, unfinished_in

MOST = 99
"""So many folders of one name are tried."""


@dataclass(frozen=True, eq=False)
class Begun:
    """An autosave that was begun.

    Attributes
    ----------
    autosave
        It.
    problem
        Why it isn't in the first of the folders, if a person has to know.
    taken
        The folder of which that is said, where it holds corrections of the same labels.
    """

    autosave: Autosave
    problem: InputError | None = None
    taken: Path | None = None


def folders_for(name: str, labels: Path | None, image: Path | None) -> tuple[Path, ...]:
    """Return the folders to save in, the best first; none is made.

    Parameters
    ----------
    name
        Of the labels.
    labels, image
        Files or folders that the labels and their image were read from, where there are such.

    Examples
    --------
    >>> folders_for("cells", Path("plate/a_cells.tif"), Path("plate/a.tif"))[0].as_posix()
    'plate/a_cells.corrections'
    >>> folders_for("cells", None, Path("plate/a.tif"))[0].as_posix()
    'plate/a cells.corrections'
    """
    ours = folder_beside(data_root() / "corrections", name)
    if labels is not None:
        inside = labels.is_dir() and not is_zarr(labels)
        return folder_beside(labels, name if inside else ""), ours
    if image is not None:
        inside = image.is_dir() and not is_zarr(image)
        stem = "" if inside else image.name.partition(".")[0]
        whole = name if stem in name else f"{stem} {name}"
        return folder_beside(image if inside else image.parent, whole), ours
    return (ours,)


def begin_in_one_of(folders: Sequence[Path], work: Work) -> Begun:
    """Begin a correction in the first folder that can be had.

    One that holds other corrections which aren't finished, or is another window's, is left to
    those: the next of that name is taken, such as "cells 2.corrections".

    Raises
    ------
    InputError
        If none can be written to.
    """
    problems: list[tuple[InputError, Path | None]] = []
    for folder in folders:
        for candidate in _of_that_name(folder):
            try:
                return Begun(Autosave.begin(candidate, work), *next(iter(problems), ()))
            except InputError as error:
                if not _is_taken(candidate, error):
                    problems.append((error, None))
                    break
                if _is_of(candidate, work):
                    problems.append((error, candidate))
    raise problems[0][0] if problems else InputError("Choose a folder to save corrections in.")


def dismiss(folder: Path) -> None:
    """Have corrections that nobody goes on with offered no more; what is in the folder stays.

    Raises
    ------
    InUse
        If a window works on them.
    InputError
        If the folder, or the settings, can't be written.
    """
    try:
        autosave, _ = Autosave.go_on(folder)
    except InUse:
        raise
    except InputError:
        # Gone, damaged, or of a newer version, which knows what to make of it.
        forget(folder)
        return
    try:
        autosave.write({}, finished=True)
    finally:
        autosave.close()


def _of_that_name(folder: Path) -> Iterator[Path]:
    yield folder
    for number in range(2, MOST + 1):
        yield folder.with_name(f"{folder.stem} {number}{folder.suffix}")


def _is_taken(folder: Path, error: InputError) -> bool:
    """Return whether a folder is not to be had because of what is in it."""
    if isinstance(error, InUse):
        return True
    with suppress(InputError):
        return bool(numbers_in(folder))
    return False


def _is_of(folder: Path, work: Work) -> bool:
    """Return whether corrections are of the same labels; also where nobody can tell yet."""
    found = unfinished_in(folder)
    if found is None:
        return True
    other = found.save.work
    return (other.name, other.source, other.shape) == (work.name, work.source, work.shape)
