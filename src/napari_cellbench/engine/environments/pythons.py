"""Which Python of this computer an environment is made with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...methods.base import Method
from . import uv
from .interpreters import interpreter
from .lending import answer_of

_ASK = 'import json, sys; print(json.dumps({"version": sys.version.split()[0]}))'


def fitting_python(
    method: Method[Any],
    pythons: Sequence[str],
    named: Path | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Path:
    """Return an interpreter of this computer that a method's environment can be made with.

    Parameters
    ----------
    method
        Whose environment it is for.
    pythons
        Versions that will do, such as "3.12"; the last is what is recommended.
    named
        The one that the user wants; None for the running one if it fits, else the newest.
    tick
        Called many times a second; may raise to stop.

    Raises
    ------
    InputError
        If there is none; the message says which to install.
    """
    wanted = " or ".join(filter(None, (", ".join(pythons[:-1]), pythons[-1])))
    if named is not None:
        named = interpreter(named)
        version = version_of(named, tick)
        if _minor(version) not in pythons:
            raise InputError(f"{method.title} needs Python {wanted}; {named} is Python {version}.")
        return named
    if f"{sys.version_info[0]}.{sys.version_info[1]}" in pythons:
        return Path(getattr(sys, "_base_executable", None) or sys.executable)
    for version, path in uv.installed_pythons(tick):
        if _minor(version) in pythons:
            return path
    raise InputError(
        f"{method.title} needs Python {wanted}, and none was found on this computer: install "
        f"Python {pythons[-1]} (from python.org, or  uv python install {pythons[-1]}) and try "
        f"again, or name one:  cellbench environments create {method.key} --python PATH"
    )


def version_of(python: Path, tick: Callable[[], None] = lambda: None) -> str:
    """Return the version of an interpreter, such as "3.12.4".

    Raises
    ------
    EngineError
        If it doesn't answer as a Python interpreter does.
    """
    return str(answer_of(python, ["-c", _ASK], tick).get("version"))


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
