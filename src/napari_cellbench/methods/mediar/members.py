"""Files of weights that belong together: an ensemble in a folder, or in the zip of one."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import TypeVar

from ...checkpoints.content import ZIP
from ...errors import CheckpointError
from ..shared.weights import opened
from ..shared.zipped import opened_zip

P = TypeVar("P", bound=PurePath)

IN_FOLDER, IN_ZIP = (".pth", ".pt", ".safetensors"), (".pth", ".pt")
"""Suffixes of files of weights."""
PRETRAINED = ("phase1.pth", "phase2.pth")
"""What MEDIAR publishes to start training from, beside the two that segment: it knows edges less
well, and takes no part where there are others."""
MOST = 8
"""Members of an ensemble: each takes half a gigabyte, and the time of a network."""


def members_of(path: Path) -> Iterator[tuple[Path, bytes | None]]:
    """Yield the files of weights that a path names.

    Parameters
    ----------
    path
        A file; a folder of such, whose answers are to be averaged, as those of the published
        `from_phase1.pth` and `from_phase2.pth` are; or the zip that a browser makes of one.

    Yields
    ------
    path, within
        The file, or the member of the zip and its content.

    Raises
    ------
    CheckpointError
        If it can't be read, or holds no weights or too many.
    """
    if path.is_dir():
        for file in _ensemble(path, sorted(path.iterdir()), IN_FOLDER):
            yield file, None
    elif _is_zipped_folder(path):
        with opened_zip(path) as archive:
            for member in _ensemble(path, archive.members, IN_ZIP):
                yield path / member.name, archive.read(member)
    else:
        yield path, None


def _ensemble(path: Path, files: Sequence[P], suffixes: tuple[str, ...]) -> list[P]:
    found = [file for file in files if file.suffix in suffixes]
    found = [file for file in found if file.name not in PRETRAINED] or found
    if not found:
        raise CheckpointError(f"{path} holds no weights ({', '.join(suffixes)}).")
    if len(found) > MOST:
        raise CheckpointError(
            f"{path} holds {len(found)} files of weights, and an ensemble has {MOST} at most: put "
            "those that you want into a folder of their own."
        )
    return found


def _is_zipped_folder(path: Path) -> bool:
    """Tell a zip of files from what torch writes, which is a zip too."""
    with opened(path) as file:
        if file.read(len(ZIP)) != ZIP:
            return False
        try:
            with zipfile.ZipFile(file) as archive:
                names = [PurePath(name).name for name in archive.namelist()]
        except Exception:  # zipfile raises whatever a damaged file leads it into
            return False
    return "data.pkl" not in names
