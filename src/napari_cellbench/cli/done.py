"""What `cellbench predict --resume` skips: images whose labels are there, made in the same way."""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import __version__
from .images import Item
from .segmenting import Asked

NAME = "predictions.jsonl"
"""File beside the outputs: a record a line for each image that is done; the last one counts."""


class Done:
    """The records of a folder of outputs.

    Parameters
    ----------
    folder
        Where the labels are.
    asked
        How images are segmented.
    """

    def __init__(self, folder: Path, asked: Asked) -> None:
        self._folder, self._file = folder, folder / NAME
        self._request = _request(asked)

    def read(self) -> dict[str, dict[str, Any]]:
        """Return the records by the outputs' names; lines that are no records are left out."""
        from ..files.inputs import open_input

        records = {}
        # A line that was being written when the power failed is no record.
        if self._file.is_file() and self._file.stat().st_size:
            with open_input(self._file) as file:
                for line in file:
                    with suppress(ValueError, TypeError, KeyError):
                        record = json.loads(line)
                        records[str(record["output"])] = record
        return records

    def covers(self, record: dict[str, Any] | None, item: Item, output: str) -> bool:
        """Tell whether an image is complete: made alike, neither input nor output changed since."""
        from ..checkpoints import sha256_of

        path = self._folder / output
        if record is None or record.get("request") != self._request or not path.exists():
            return False
        if record.get("image_state") != _state(item.path):
            return False
        return bool(record.get("output_sha256") == sha256_of(path))

    def add(self, item: Item, output: str, about: dict[str, Any]) -> None:
        """Note that an image is done."""
        from ..checkpoints import sha256_of

        record = {
            **about,
            "output": output,
            "output_sha256": sha256_of(self._folder / output),
            "image_state": _state(item.path),
            "request": self._request,
        }
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, default=str) + "\n")


def _request(asked: Asked) -> dict[str, Any]:
    """Return what the labels depend on beside the image, as JSON gives it back."""
    from ..checkpoints import location, sha256_of
    from ..methods.parameters import build

    args, method, checkpoint = asked.args, asked.method, asked.checkpoint
    file = location(checkpoint) if checkpoint is not None else None
    values: Any = asked.parameters
    if method is not None:
        values = dataclasses.asdict(build(method.parameters, asked.parameters))
    request = {
        "method": method.key if method is not None else None,
        "checkpoint": checkpoint.key if checkpoint is not None else None,
        "checkpoint_sha256": sha256_of(file) if file is not None and file.exists() else None,
        "parameters": values,
        **{name: getattr(args, name) for name in ("roles", "series", "axes")},
        "version": __version__,
    }
    plain: dict[str, Any] = json.loads(json.dumps(request, default=str))
    return plain


def _state(path: Path) -> list[int]:
    """Return what changes with an image: number, size and time of its files."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    states = [file.stat() for file in files]
    times = [state.st_mtime_ns for state in states]
    return [len(states), sum(state.st_size for state in states), max(times, default=0)]
