"""Whether a method loads a file, tried in a process that may die of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from .. import children
from ..errors import CheckpointError

_METHODS = "napari_cellbench.methods"
"""The entry points by which methods announce themselves; this room knows none of them."""
_PATIENCE = 300.0
"""Seconds; a large model on a slow disk, and its framework the first time."""


def fault_of_loading(path: Path, method: str, tick: Callable[[], None]) -> str:
    """Let a method load a file in a process of its own; say why it can't, empty if it can.

    Where the method or what it needs is not installed, nothing is tried.

    Parameters
    ----------
    path
        The weights.
    method
        Key of the method.
    tick
        Called several times a second; may raise to stop.
    """
    if not entry_points(group=_METHODS, name=method):
        return ""
    command = [sys.executable, "-P", "-m", __name__, method, str(path)]
    # The trial must not take the graphics card's memory from a run under way.
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    try:
        code, said = children.ask(command, _PATIENCE, tick, environment)
        return str(json.loads(said.splitlines()[-1])["fault"])
    except children.Unanswered as error:
        return f"can't be loaded: {error}"
    except OSError as error:
        return f"can't be tried: {error.strerror or error}"
    except (ValueError, IndexError, KeyError):
        return f"can't be loaded: the process that tried it ended (code {code})"


def _try(method: str, path: Path) -> str:
    for entry in entry_points(group=_METHODS, name=method):
        chosen = entry.load()()
        if chosen.missing():
            return ""
        try:
            chosen.load(path, "cpu")
        except CheckpointError as error:
            return f"can't be loaded: {error}"
        except MemoryError:
            return "can't be loaded: the memory of this computer is too small for it"
    return ""


if __name__ == "__main__":
    fault = _try(sys.argv[1], Path(sys.argv[2]))
    sys.stdout.write(f"\n{json.dumps({'fault': fault})}\n")
