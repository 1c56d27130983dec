"""Python's garbage collector, kept from pausing the window while something runs."""

from __future__ import annotations

import gc

_holders = 0


def hold() -> None:
    """Let what there is now out of collections, until as many let go as hold it.

    A full collection goes through all that napari and its libraries ever made, some 300,000
    objects, for which it stops all threads: 0.17 s. What a run makes meanwhile is collected as
    always.
    """
    global _holders
    _holders += 1
    gc.freeze()


def let_go() -> None:
    """Take it into collections again: what was closed meanwhile is freed by the next one."""
    global _holders
    _holders -= 1
    if not _holders:
        gc.unfreeze()
