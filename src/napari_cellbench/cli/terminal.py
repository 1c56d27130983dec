"""What the person at the terminal sees; that nobody can read it any more ends no work.

The terminal may know no letters but ASCII, its end of a pipe may be closed (``| head``), the disk
that it is led to may be full, and there may be none at all (``2>&-``).
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from ..errors import CellbenchWarning

BROKEN_PIPE = 141
"""Exit status of a program that nobody listens to any more: 128 and the number of SIGPIPE."""

_lost: list[OSError] = []
"""Why something that was printed didn't arrive."""


def prepare() -> None:
    """Make standard input, output and error such that nothing fails for their sake."""
    _lost.clear()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # The next file that is opened would get this number, and what libraries print.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def say(text: str = "") -> None:
    """Print a line of the result."""
    _print(f"{text}\n", sys.stdout)


def warn(text: str) -> None:
    """Print a line about the work."""
    _print(f"{text}\n", sys.stderr)


def lose(error: OSError) -> None:
    """Take note of something printed that didn't arrive."""
    _lost.append(error)


def is_watched() -> bool:
    """Tell whether a person sees progress as it is."""
    with suppress(OSError, ValueError):
        return sys.stderr.isatty()
    return False


def show(text: str, width: int = 78) -> None:
    """Write over the terminal's last line, if a person sees it."""
    if is_watched():
        _print(f"\r{text[:width]:<{width}}\r", sys.stderr)


@contextmanager
def telling() -> Iterator[None]:
    """Print our own warnings as sentences."""
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=CellbenchWarning)
        others = warnings.showwarning

        def tell(message: Any, category: Any, *where: Any, **more: Any) -> None:
            if issubclass(category, CellbenchWarning):
                warn(f"cellbench: {message}")
            else:
                others(message, category, *where, **more)

        warnings.showwarning = tell
        yield


def finish(status: int) -> int:
    """Print what is still on its way, and return the exit status.

    Parameters
    ----------
    status
        Of the command; it stays where it isn't 0.
    """
    for stream in (sys.stdout, sys.stderr):
        _print("", stream)
    if not _lost or status:
        return status
    if any(_is_broken_pipe(error) for error in _lost):
        return BROKEN_PIPE
    warn(f"cellbench: what was printed could not be written: {_lost[0].strerror or _lost[0]}.")
    return 1


def _print(text: str, stream: TextIO) -> None:
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        lose(error)
        # What its buffer holds would fail again when the interpreter ends.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
    except ValueError:
        # It was closed.
        pass


def _is_broken_pipe(error: OSError) -> bool:
    # Windows answers EINVAL.
    return error.errno in (errno.EPIPE, errno.EINVAL)
