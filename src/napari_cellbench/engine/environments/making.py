"""Making the environment that a method needs: beside, then in one step to its place."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...checkpoints import size_text
from ...errors import Cancelled, EngineError, InputError
from ...files.atomic import replacing_folder
from ...methods.base import Method
from ...methods.environment import Environment
from ..job import Progress
from . import uv
from .lending import NEEDED, answer_of, check_interpreter
from .made import Record, folder_of, is_as_asked, python_in, record_of, root, write_record
from .pythons import fitting_python, version_of
from .steps import Steps
from .workroom import alone, note_running

_ASK = """
import importlib.util, json, sys
missing = [name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]
print(json.dumps({"missing": missing}))
"""


def create(
    method: Method[Any],
    report: Callable[[Progress], None] = lambda _: None,
    cancel: threading.Event | None = None,
    python: Path | None = None,
) -> Record:
    """Make the environment of a method; if it is there as the method asks for it, nothing is done.

    Parameters
    ----------
    method
        One that has an `Environment`.
    report
        Told how far the work is.
    cancel
        Set by another thread to stop within a second. What was fetched is kept by uv, so that the
        next try goes on from there.
    python
        Interpreter to make it with; None to look for one that is installed.

    Raises
    ------
    Cancelled
        If `cancel` was set.
    InputError
        If the method has no environment of its own, it has to be made by hand, there is no Python
        for it, or the disk has no room.
    EngineError
        If the packages can't be fetched or don't go together; the message says what to do.
    """

    def tick() -> None:
        if cancel is not None and cancel.is_set():
            raise Cancelled("Stopped.")

    environment = _makeable(method)
    if (found := _as_asked(method)) is not None:
        return found

    def waiting() -> None:
        tick()
        report(Progress(0.0, "Waiting for another program that makes this environment"))

    report(Progress(0.0, "Looking for a Python"))
    base = fitting_python(method, environment.pythons, python, tick)
    with alone(method.key, waiting) as work:
        if (found := _as_asked(method)) is not None:
            return found
        _check_room(environment)
        started = time.monotonic()
        with replacing_folder(folder_of(method.key), beside=work) as folder:
            _fill(folder, environment, base, work, report, tick)
            _check(method, folder, tick)
            record = Record(
                environment.packages,
                environment.pinned(),
                version_of(_python(folder), tick),
                _size(folder),
                time.monotonic() - started,
            )
            write_record(folder, record)
            tick()
    report(Progress(1.0, "Done"))
    return record


def what_it_takes(environment: Environment) -> str:
    """Return how large an environment is, and how long it takes, in a sentence."""
    if environment.by_hand:
        return "It has to be made by hand."
    return (
        f"{size_text(environment.size)} on the disk, of which {size_text(environment.download)} "
        "are fetched where uv doesn't have them yet: some minutes, once."
    )


def _makeable(method: Method[Any]) -> Environment:
    environment = method.environment
    if environment is None:
        raise InputError(f"{method.title} runs in napari's environment, and needs none of its own.")
    if environment.by_hand:
        raise InputError(
            f"The environment of {method.title} has to be made by hand: {environment.because} "
            f"Run  {environment.how_to_make(method.key)}"
        )
    return environment


def _as_asked(method: Method[Any]) -> Record | None:
    found = record_of(method.key)
    assert method.environment is not None
    return found if found is not None and is_as_asked(found, method.environment) else None


def _check_room(environment: Environment) -> None:
    free = shutil.disk_usage(root()).free
    if free < environment.size:
        raise InputError(
            f"The environment takes {size_text(environment.size)}, and the disk of {root()} has "
            f"{size_text(free)} free. Free some space, or set CELLBENCH_CACHE to a folder on a "
            "larger disk."
        )


def _fill(
    folder: Path,
    environment: Environment,
    base: Path,
    work: Path,
    report: Callable[[Progress], None],
    tick: Callable[[], None],
) -> None:
    """Make an environment with its packages, in an empty folder."""

    def began(pid: int) -> None:
        note_running(work, pid)

    report(Progress(0.01, "Making the environment"))
    # Relocatable: it gets another name when it is whole.
    asked = ["venv", "--relocatable", "--python", str(base), str(folder)]
    uv.run(asked, lambda _: None, tick, began)
    # Not an empty file: uv warns of those.
    pins = work / "pins.txt"
    pins.write_text("\n".join(("# What the packages need.", *environment.pinned())), "utf-8")
    needed = [f"{name}>={oldest}" for name, oldest in NEEDED.items()]
    python = str(_python(folder))
    asked = ["pip", "install", "--python", python, "--constraints", str(pins)]
    report(Progress(0.02, "Looking which packages go together"))
    uv.run([*asked, *environment.packages, *needed], Steps(report), tick, began)


def _check(method: Method[Any], folder: Path, tick: Callable[[], None]) -> None:
    """Make sure that a worker can run there, with the modules that the method requires."""
    python = _python(folder)
    check_interpreter(python, tick)
    if lacking := answer_of(python, ["-c", _ASK, *method.requires], tick).get("missing"):
        raise EngineError(
            f"The packages of {method.title} were installed, but not what it imports: "
            f"{', '.join(map(str, lacking))}."
        )


def _python(folder: Path) -> Path:
    python = python_in(folder)
    assert python is not None
    return python


def _size(folder: Path) -> int:
    return sum(entry.stat(follow_symlinks=False).st_size for entry in _files(folder))


def _files(folder: Path) -> Iterable[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            else:
                yield entry
