"""Which method a file of weights belongs to, by what is in it; else by its name."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ..checkpoints import checkpoints, get_checkpoint
from ..checkpoints.names import WeightNames, weight_names
from ..files.places import expanded
from .base import Method
from .registry import methods


def recognise(path: Path) -> tuple[Method[Any] | None, bool]:
    """Guess which method loads a file of weights.

    Parameters
    ----------
    path
        A file, or the folder of a model.

    Returns
    -------
    method
        None where nothing tells.
    is_known
        True if the weights' own names say so; False if only the file's name or kind does.
    """
    candidates = [method for method in methods().values() if method.needs_checkpoint]
    found = weight_names(path)
    if found.method:
        own = [method for method in candidates if method.key == found.method]
        return (own[0], True) if own else (None, False)
    fitting = [method for method in candidates if _fits(method, found)]
    if fitting:
        # What asks for more is of a narrower kind: every Swin-S has the layers of a Swin-T.
        return max(fitting, key=lambda method: len(method.weights)), True
    for method in candidates:
        of_name = [one for one in method.file_patterns if one.strip("*") and one[:2] != "*."]
        if any(path.match(pattern) for pattern in of_name):
            return method, False
    return None, False


def owner_of(checkpoint: str) -> str:
    """Return the key of the method that a checkpoint is of, by its key or by what is in the file.

    Raises
    ------
    CheckpointError
        If there is no such checkpoint, or nothing in the file tells.
    """
    path = expanded(checkpoint)
    if path.exists() and all(checkpoint != one.key for one in checkpoints()):
        method, is_known = recognise(path)
        if method is not None and is_known:
            return method.key
    return get_checkpoint(checkpoint).method


def _fits(method: Method[Any], found: WeightNames) -> bool:
    """Tell whether there is a tensor, or a file, for each pattern of a method."""
    return bool(method.weights) and all(
        any(fnmatch(name, one) for name in found.names for one in pattern.split("|"))
        for pattern in method.weights
    )
