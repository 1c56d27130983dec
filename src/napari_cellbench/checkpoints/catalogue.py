"""What checkpoints there are: carried by the package, published, and the user's own files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import CheckpointError, did_you_mean
from ..files.places import expanded
from .base import Checkpoint, Source
from .official import official
from .starting_points import starting_points
from .user import user_checkpoints

HERE = Path(__file__).parent
BUNDLED = HERE / "bundled"


def checkpoints() -> list[Checkpoint]:
    """Return all known: the bundled ones, the methods' authors', SegGal's, then the user's."""
    return [*_catalogue(), *user_checkpoints()]


def get_checkpoint(key_or_path: str | Path, method: str | None = None) -> Checkpoint:
    """Return a checkpoint by its key, or the user's own by its path.

    Parameters
    ----------
    key_or_path
        A key of the catalogue wins over a file of that name.
    method
        Key of the method that is to load it. A path needs it.

    Raises
    ------
    CheckpointError
        If there is neither, it belongs to another method, or a path comes without a method.
    """
    known = {checkpoint.key: checkpoint for checkpoint in checkpoints()}
    found = known.get(str(key_or_path))
    if found is None:
        return _user(Path(key_or_path), method, [k for k, c in known.items() if _fits(c, method)])
    if not _fits(found, method):
        raise CheckpointError(f"{found.key} is a checkpoint of {found.method}, not of {method}.")
    return found


def _fits(checkpoint: Checkpoint, method: str | None) -> bool:
    return method in (None, checkpoint.method)


def _user(path: Path, method: str | None, keys: Iterable[str]) -> Checkpoint:
    path = expanded(path)
    if not path.exists():
        hint = did_you_mean(str(path), keys)
        raise CheckpointError(f"There is no checkpoint and no file {str(path)!r}.{hint}")
    if method is None:
        raise CheckpointError(f"{path.name} may be of any method: say which one.")
    path = path.resolve()
    return Checkpoint(
        key=str(path),
        method=method,
        title=path.name,
        source="user",
        # Only who trained it knows; a method doesn't look at these of a user's file.
        target="whole_cell",
        channels=(),
        size=path.stat().st_size if path.is_file() else 0,
        path=path,
    )


@cache
def _catalogue() -> tuple[Checkpoint, ...]:
    return (
        *_read(BUNDLED / "bundled.json", "bundled"),
        *official(),
        *starting_points(),
        *_read(HERE / "seggal.json", "seggal"),
    )


def _read(file: Path, source: Source) -> Iterable[Checkpoint]:
    """Read a list of checkpoints' fields; ``file`` is relative to the list."""
    if not file.exists():
        return []
    return [
        _checkpoint(entry, source, file.parent) for entry in json.loads(file.read_text("utf-8"))
    ]


def _checkpoint(entry: dict[str, Any], source: Source, folder: Path) -> Checkpoint:
    fields = {key: value for key, value in entry.items() if key != "file"}
    fields["channels"] = tuple(fields["channels"])
    path = folder / entry["file"] if "file" in entry else None
    known = {field.name for field in dataclasses.fields(Checkpoint)}
    fields = {name: value for name, value in fields.items() if name in known}
    return Checkpoint(**(fields | {"source": source, "path": path}))
