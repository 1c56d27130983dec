"""The start of a worker process: before the first request is read."""

from __future__ import annotations

import faulthandler
import functools
import os
import sys
from multiprocessing import resource_tracker


def main() -> None:
    """Answer requests until whoever asks is gone."""
    # Replies travel over stdout: what a method prints there, or native code, must not get between.
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    faulthandler.enable()
    _leave_shared_memory_to_its_owner()
    # Before stdin is read, which on Windows would block the import of numpy for ever.
    import numpy  # noqa: F401
    from appose import python_worker

    vars(python_worker).update(print=functools.partial(print, file=replies), input=_next_request)
    python_worker.main()


def _next_request() -> str:
    try:
        return input()
    except EOFError:
        # Whoever asked is gone: a run under way would hold its memory for nobody.
        os._exit(0)


def _leave_shared_memory_to_its_owner() -> None:
    """Keep Python's tracker out: it is a process more, and frees what it thinks was forgotten."""
    for name in ("register", "unregister"):
        setattr(resource_tracker, name, _but_memory(getattr(resource_tracker, name)))


def _but_memory(note: object) -> object:
    def noted(name: str, kind: str) -> None:
        if kind != "shared_memory":
            note(name, kind)  # type: ignore[operator]

    return noted
