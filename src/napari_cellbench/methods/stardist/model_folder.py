"""Finds the files of an official StarDist model in its folder or in a zip of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ...errors import CheckpointError
from ..shared.weights import opened
from ..shared.zipped import opened_zip

WEIGHTS = (".h5", ".hdf5")
LARGEST_TEXT = 2**20
"""Most bytes that are read of a text."""


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
    """Read the same from a zip, in memory; see `opened_zip`.

    The model may be at the top of the zip or in one folder.

    Raises
    ------
    CheckpointError
        If the zip is damaged, holds no or several models, or has members that point out of it
        or are far larger than a model's.
    """
    with opened_zip(path) as archive:
        members = archive.members
        folders = {m.parent for m in members if m.suffix in WEIGHTS}
        if len(folders) > 1:
            raise CheckpointError(f"{path.name} holds several models: unzip it and choose one.")
        folder = min(folders, default=PurePosixPath())
        names = [m.name for m in members if m.parent == folder]
        weights = folder / choose_weights(names, path.name)
        config, thresholds = (
            archive.read(folder / name, LARGEST_TEXT) if name in names else None
            for name in ("config.json", "thresholds.json")
        )
        return ModelFiles(config, thresholds, io.BytesIO(archive.read(weights)))


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
