"""uv, which makes environments: found, run and understood."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from ... import children
from ...errors import EngineError, NotInstalled

PATIENCE = 60.0
"""Seconds that uv may take to look for interpreters."""
_OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX")
"""Variables that speak of this environment, not of the one that is made."""
_SETTINGS = {
    # The registry's certificates may be the computer's own, as behind a proxy.
    "UV_SYSTEM_CERTS": "1",
    "UV_HTTP_TIMEOUT": "300",
}
_FIXED = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}

_NO_NETWORK = re.compile(
    "dns error|error sending request|Failed to fetch|connection|timed out|network was disabled",
    re.IGNORECASE,
)
_NO_ROOM = re.compile("no space left|os error 28|disk quota|not enough space", re.IGNORECASE)
_NO_VERSION = re.compile("No solution found")
_NO_BUILD = re.compile("Failed to build|Build backend failed")


def command() -> list[str]:
    """Return how uv is started: the one of this environment, else the computer's.

    Raises
    ------
    NotInstalled
        If there is none.
    """
    try:
        return [str(import_module("uv").find_uv_bin())]
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise NotInstalled("Environments are made by uv, which is missing: run  pip install uv")
    return [found]


def run(
    arguments: Sequence[str],
    told: Callable[[str], None],
    tick: Callable[[], None],
    began: Callable[[int], None],
) -> None:
    """Run uv; it goes on with what it has fetched before.

    Parameters
    ----------
    arguments
        Of uv.
    told, tick, began
        As in `children.follow`.

    Raises
    ------
    EngineError
        If it fails; the message says what to do, and `details` holds what uv said.
    """
    lines: list[str] = []

    def note(line: str) -> None:
        lines.append(line)
        told(line)

    try:
        code = children.follow([*command(), *arguments], note, tick, _variables(), began)
    except OSError as error:
        raise EngineError(f"uv can't be started: {error.strerror or error}.") from error
    if code:
        said = "\n".join(lines)
        raise EngineError(explain(said), said)


def installed_pythons(tick: Callable[[], None]) -> list[tuple[str, Path]]:
    """Return the interpreters of this computer with their versions ("3.12.4"), newest first.

    Raises
    ------
    EngineError
        If uv doesn't say.
    """
    asked = ["python", "list", "--only-installed", "--output-format", "json"]
    try:
        code, said = children.ask([*command(), *asked], PATIENCE, tick, _variables())
        rows = json.loads(said) if code == 0 else []
        found = [
            (str(row["version"]), Path(row["path"]))
            for row in rows
            if row["path"] and row["implementation"] == "cpython" and row["variant"] == "default"
        ]
    except (OSError, ValueError, KeyError, TypeError, children.Unanswered) as error:
        raise EngineError(f"uv can't tell which Pythons are installed here ({error}).") from error
    return sorted(found, key=lambda one: [int(n) for n in re.findall(r"\d+", one[0])], reverse=True)


def explain(said: str) -> str:
    """Return what a person reads of what uv said when it failed."""
    reasons = [line.strip() for line in said.splitlines() if line.strip()]
    causes = [line.partition("cause: ")[2] for line in reasons if line.startswith("cause: ")]
    if _NO_ROOM.search(said):
        return (
            "The disk is full. Free some space, or set CELLBENCH_CACHE to a folder on a larger "
            "disk; what was fetched is kept, and is not fetched again."
        )
    if _NO_VERSION.search(said):
        return (
            "There are no versions of the packages that go together for this Python and this "
            f"computer: {' '.join(causes) or reasons[-1]}"
        )
    if _NO_NETWORK.search(said):
        return (
            "The packages can't be fetched: check the connection, or the proxy, then try again; "
            f"what was fetched is kept. ({causes[-1] if causes else reasons[-1]})"
        )
    if _NO_BUILD.search(said):
        return (
            "A package has to be built on this computer, and that failed: install a C compiler, "
            f"or take another Python. ({causes[0] if causes else reasons[-1]})"
        )
    return f"uv failed: {causes[0] if causes else (reasons or ['it gave no reason'])[-1]}"


def _variables() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in _OURS}
    return {**_SETTINGS, **ours, **_FIXED}
