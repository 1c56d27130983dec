"""Finds the files of an official StarDist model in its folder or in a zip of it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ...checkpoints.content import INFLATION
from ...errors import CheckpointError
from ..shared.weights import opened

WEIGHTS = (".h5", ".hdf5")
LARGEST_TEXT = 2**20
LARGEST_WEIGHTS = 2**30
"""Most bytes that are read of a member of a zip once it is unpacked."""


@dataclass(frozen=True)
class ModelFiles:
    """The parts of a model; texts are None where the file isn't there."""

    config: str | bytes | None
    thresholds: str | bytes | None
    weights: Path | IO[bytes]


def read_folder(folder: Path, weights: Path | None = None) -> ModelFiles:
    """Read the official layout: ``config.json``, ``thresholds.json`` and ``weights_*.h5``.

    Parameters
    ----------
    folder
        That holds them.
    weights
        The file to use; None chooses as `choose_weights` does.
    """
    if weights is None:
        names = [path.name for path in sorted(folder.iterdir())]
        weights = folder / choose_weights(names, str(folder))
    texts = [folder / "config.json", folder / "thresholds.json"]
    config, thresholds = (_read_text(path) if path.exists() else None for path in texts)
    return ModelFiles(config, thresholds, weights)


def read_zip(path: Path) -> ModelFiles:
    """Read the same from a zip, in memory: nothing is unpacked to disk.

    The model may be at the top of the zip or in one folder.

    Raises
    ------
    CheckpointError
        If the zip is damaged, holds no or several models, or has members that point out of it
        or are far larger than a model's.
    """
    try:
        with opened(path) as file, zipfile.ZipFile(file) as archive:
            members = [
                member
                for name in archive.namelist()
                if not (member := PurePosixPath(name)).name.startswith(".")
                and member.parts[0] != "__MACOSX"
            ]
            for member in members:
                if member.is_absolute() or ".." in member.parts or "\\" in str(member):
                    raise CheckpointError(f"{path.name} has a member that points out: {member}.")
            if any(member.name == "data.pkl" for member in members):
                raise CheckpointError(
                    f"{path.name} is a PyTorch checkpoint, which no StarDist model is."
                )
            folders = {m.parent for m in members if m.suffix in WEIGHTS}
            if len(folders) > 1:
                raise CheckpointError(f"{path.name} holds several models: unzip it and choose one.")
            folder = min(folders, default=PurePosixPath())
            names = [m.name for m in members if m.parent == folder]
            weights = str(folder / choose_weights(names, path.name))
            config, thresholds = (
                _read(archive, str(folder / name), LARGEST_TEXT) if name in names else None
                for name in ("config.json", "thresholds.json")
            )
            stream = io.BytesIO(_read(archive, weights, LARGEST_WEIGHTS))
    except CheckpointError:
        raise
    except Exception as error:  # zipfile raises whatever a damaged file leads it into
        raise CheckpointError(
            f"{path.name} is a damaged zip ({error}): download or copy it again."
        ) from error
    return ModelFiles(config, thresholds, stream)


def choose_weights(names: list[str], where: str) -> str:
    """Choose the weights file: the best of the training, else the last, else any."""
    found = [name for name in names if name.endswith(WEIGHTS)]
    if not found:
        raise CheckpointError(f"There are no StarDist weights (weights_best.h5) in {where}.")
    return min(found, key=lambda name: ("best" not in name, "last" not in name, name))


def _read_text(path: Path) -> bytes:
    with opened(path) as file:
        text = file.read(LARGEST_TEXT + 1)
    if len(text) > LARGEST_TEXT:
        raise CheckpointError(f"{path.name} has more than {LARGEST_TEXT // 2**20} MiB.")
    return text


def _read(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    # What a member claims is what it can unpack to: zipfile reads no further.
    member = archive.getinfo(name)
    most = min(largest, max(LARGEST_TEXT, INFLATION * member.compress_size))
    if member.file_size > most:
        raise CheckpointError(f"{name} in the zip unpacks to more than {most // 2**20} MiB.")
    return archive.read(name)
