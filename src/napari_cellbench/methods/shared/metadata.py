"""What a checkpoint says beside its weights, read without any framework: forms show it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ...checkpoints.content import safetensors_header
from ...errors import CellbenchError
from ...files.inputs import open_input

MOST = 2**24
"""Bytes of a text that is read."""


def safetensors_metadata(path: Path) -> Mapping[str, Any]:
    """Return the metadata of a ``.safetensors``, each entry parsed as JSON where it is such.

    Returns
    -------
    mapping
        Empty where the file is no such file, or is damaged: whoever loads it says so.
    """
    try:
        with open_input(path) as file:
            metadata = safetensors_header(file, MOST).get("__metadata__", {})
        return {name: _parsed(text) for name, text in metadata.items()}
    except (CellbenchError, OSError, ValueError, AttributeError):
        return {}


def member(path: Path, name: str) -> Any:
    """Return the JSON of a file in a folder or a zip, wherever in it; None where there is none."""
    try:
        if path.is_dir():
            with open_input(path / name) as file:
                return json.loads(file.read(MOST))
        with open_input(path) as file, zipfile.ZipFile(file) as archive:
            found = [
                info
                for info in archive.infolist()
                if PurePosixPath(info.filename).name == name and info.file_size <= MOST
            ]
            return json.loads(archive.read(found[0])) if len(found) == 1 else None
    except (CellbenchError, OSError, ValueError, zipfile.BadZipFile, RuntimeError):
        return None


def numbers(of: Any, names: Mapping[str, str]) -> dict[str, float]:
    """Return numbers of a JSON object under other names; what isn't a number is left out."""
    known = of if isinstance(of, dict) else {}
    return {
        ours: known[theirs]
        for theirs, ours in names.items()
        if isinstance(known.get(theirs), int | float) and not isinstance(known[theirs], bool)
    }


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return text
