"""Where environments are made and come to their end: one program at a time, whatever kills it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

import psutil

from ...errors import InputError
from ...files.locking import locked
from ...files.schema import SchemaError, read_json, to_json, typed
from .made import WORK, folder_of, names, root

RUNNING = "uv.json"
"""Which process of uv is at work."""


def remove(method: str, waiting: Callable[[], None] = lambda: None) -> bool:
    """Remove the environment of a method.

    Parameters
    ----------
    method
        Its key; the method itself may be there no longer.
    waiting
        Called again and again while another program makes or removes it; may raise.

    Returns
    -------
    bool
        Whether there was one.

    Raises
    ------
    InputError
        If it can't be removed.
    """
    folder = folder_of(method)
    if method not in names():
        return False
    with alone(method, waiting) as work:
        if not folder.exists():
            return False
        try:
            # At once gone as an environment, however long its files take.
            folder.rename(work / "removed")
        except OSError as error:
            raise InputError(
                f"The environment of {method} can't be removed ({error.strerror or error}): end "
                "the runs that use it, then try again."
            ) from error
        rmtree(work / "removed", ignore_errors=True)
    return True


@contextmanager
def alone(method: str, waiting: Callable[[], None]) -> Iterator[Path]:
    """Hold the lock on a method's environment, and clear what a killed program has left.

    Parameters
    ----------
    method, waiting
        As in `remove`.

    Yields
    ------
    Path
        An empty folder to work in, on the disk of the environments.

    Raises
    ------
    InputError
        If it can't be written to.
    """
    work = root() / WORK / method
    try:
        work.parent.mkdir(parents=True, exist_ok=True)
        with locked(work.parent / f"{method}.lock", waiting):
            _clear(work)
            work.mkdir()
            try:
                yield work
            finally:
                rmtree(work, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"{work} can't be written ({error.strerror or error}): see to its folder, or set "
            "CELLBENCH_CACHE to another one."
        ) from error


def note_running(work: Path, pid: int) -> None:
    """Note the process that works in a folder, in case that nobody is left to end it."""
    with suppress(psutil.Error):
        started = psutil.Process(pid).create_time()
        (work / RUNNING).write_bytes(to_json({"pid": pid, "started": started}))


def _clear(work: Path) -> None:
    """End a process that outlived the program that started it, and remove what it made."""
    with suppress(SchemaError, InputError, psutil.Error):
        noted = typed(read_json(work / RUNNING), dict[str, float])
        process = psutil.Process(int(noted["pid"]))
        if process.create_time() == noted["started"]:
            for one in (*process.children(recursive=True), process):
                one.kill()
            process.wait(10)
    if work.exists():
        rmtree(work)
