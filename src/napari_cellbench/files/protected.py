"""The inputs: files that were read for the person, which no output may replace."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..errors import InputError


class Inputs:
    """Files that this process has read for the person, found again in no time among many."""

    def __init__(self) -> None:
        self._labels: dict[str, bool] = {}
        self._by_number: dict[tuple[int, int], Path] = {}

    def add(self, path: Path, *, labels: bool) -> None:
        """Add a file; once it was read as anything else, it is no label image."""
        real = Path(os.path.realpath(path))
        name = _folded(real)
        self._labels[name] = labels and self._labels.get(name, True)
        self._by_number[_number(real)] = real

    def find(self, path: Path, *, correction: bool) -> Path | None:
        """Return the input that a path leads to; None if it leads to none that must stay."""
        found = None
        if _folded(path) in self._labels:
            found = path
        else:
            with suppress(OSError, ValueError):
                # Another file may have got the number of one that is gone.
                other = self._by_number.get(_number(path))
                if other is not None and other.samefile(path):
                    found = other
        if found is None or (correction and self._labels[_folded(found)]):
            return None
        return found


_inputs = Inputs()


def remember_input(path: Path | str, *, labels: bool = False) -> None:
    """Remember that a file was read for the person: no export of this process replaces it.

    Parameters
    ----------
    path
        The file.
    labels
        Whether it is a label image: its own corrections may be saved over it.
    """
    with suppress(OSError, ValueError):
        _inputs.add(Path(path), labels=labels)


def refuse_inputs(
    path: Path, inputs: Iterable[Path | str] = (), *, correction: bool = False
) -> None:
    """Raise an `InputError` if a file is one that was read, under whatever name.

    Parameters
    ----------
    path
        File to be written.
    inputs
        Beside those that were remembered.
    correction
        Whether these are label images that were read, corrected since: their own file may go.
    """
    named = (Path(one) for one in inputs if _same(path, one))
    found = next(named, None) or _inputs.find(path, correction=correction)
    if found is not None:
        raise InputError(
            f"{brief(path)} is not written: it would replace an input, {brief(found)}. Choose "
            "another name."
        )


def brief(path: Path) -> str:
    """Return a file's name for a message, at most some 80 letters of it."""
    name = path.name or str(path)
    return name if len(name) <= 80 else f"{name[:60]}…{name[-16:]}"


def _same(one: Path | str, other: Path | str) -> bool:
    """Tell whether two names are those of one file, here or on a disk that ignores case."""
    with suppress(OSError, ValueError):
        if Path(one).samefile(other):
            return True
    return _folded(one) == _folded(other)


def _number(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _folded(path: Path | str) -> str:
    try:
        path = os.path.realpath(path)
    except (OSError, ValueError):
        path = str(path)
    return unicodedata.normalize("NFC", path).casefold()
