"""What becomes of an error: a sentence where it was to be expected, else a report file as well."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import __version__
from ..errors import Cancelled, CellbenchError, EngineError, NotInstalled
from ..files.places import cache_root
from ..files.protected import brief

INCOMPLETE = 1
"""Exit status if a part only of what was asked for could be done; the rest is written."""
NOT_INSTALLED = 3
"""Exit status if the method lacks packages here."""
FAULT = 70
"""Exit status for an error of ours, or of a method: what sysexits.h calls EX_SOFTWARE."""
CANCELLED = 130
"""Exit status if it was stopped, as after Ctrl-C: 128 and the number of SIGINT."""
PACKAGES = ("numpy", "scipy", "scikit-image", "tifffile", "appose", "napari", "torch")
"""Whose versions a report tells."""
KEPT = 20
"""Reports of earlier errors that are kept."""


def explain(error: Exception, arguments: Sequence[str]) -> tuple[str, int]:
    """Return what to tell of an error, and the exit status.

    Parameters
    ----------
    error
        Anything that a command raised.
    arguments
        Of the command.
    """
    if isinstance(error, EngineError) and error.details:
        return f"{error}\n{error.details}", FAULT
    if isinstance(error, NotInstalled):
        return str(error), NOT_INSTALLED
    if isinstance(error, Cancelled):
        return str(error), CANCELLED
    if isinstance(error, CellbenchError):
        return str(error), 2
    if isinstance(error, UnicodeError):
        return f"a text can't be written or read in this system's letters ({error}).", 2
    if isinstance(error, OSError):
        return f"{_place(error)}{error.strerror or error}.", 2
    if isinstance(error, MemoryError):
        return "there is not enough memory for this.", 2
    return unexpected(error, arguments), FAULT


def unexpected(error: Exception, arguments: Sequence[str]) -> str:
    """Write a report of an error that nobody expected; return a sentence that names the file."""
    said = f"{type(error).__name__}: {error}".strip().rstrip(".:")
    file = _write(_report(error, arguments))
    if file is None:
        return f"this should not have happened ({said}), and no report of it could be written."
    return f"this should not have happened ({said}). Please report it, with {file}."


def _place(error: OSError) -> str:
    if not error.filename:
        return ""
    name = str(error.filename)
    return f"{name if len(name) <= 200 else brief(Path(name))}: "


def _report(error: Exception, arguments: Sequence[str]) -> str:
    lines = [
        f"napari-cellbench {__version__}, {datetime.now(UTC).isoformat(timespec='seconds')}",
        f"Python {sys.version}",
        platform.platform(),
    ]
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            lines.append(f"{package} {version(package)}")
    lines += ["", f"cellbench {' '.join(map(repr, arguments))}", ""]
    return "\n".join(lines) + "".join(traceback.format_exception(error))


def _write(text: str) -> Path | None:
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    for folder in (cache_root() / "errors", Path(tempfile.gettempdir())):
        with suppress(OSError, ValueError):
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"cellbench-error-{now}.txt"
            # New, so that no link in a folder that others write to is followed.
            with file.open("xb") as report:
                report.write(text.encode("utf-8", "backslashreplace"))
            for old in sorted(folder.glob("cellbench-error-*.txt"))[:-KEPT]:
                old.unlink(missing_ok=True)
            return file
    return None
