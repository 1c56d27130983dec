"""Which interpreter runs a method, where it is not this one: as the user set it, or as made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files.own import OwnFile
from ...files.places import config_dir, expanded
from ...methods.base import Method
from ...methods.registry import get_method
from .lending import check_interpreter
from .made import python_in, python_made

_CHOSEN: OwnFile[Mapping[str, Path]] = OwnFile(
    lambda: config_dir() / "environments.json", dict[str, Path], {}
)
"""Interpreters by method."""
OWN = "an environment of its own"
"""What a method with an `Environment` lacks where that isn't made."""


def python_of(method: str) -> Path | None:
    """Return the interpreter that runs a method; None for this one.

    It is the one that the user set, else that of the environment that was made for the method.
    """
    return chosen_python(method) or python_made(method)


def chosen_python(method: str) -> Path | None:
    """Return the interpreter that the user set for a method; None for none."""
    return _CHOSEN.read().get(method)


def set_python(method: str, python: Path | None) -> Path | None:
    """Set the interpreter that runs a method from now on, for this user; None for this one.

    Parameters
    ----------
    method
        Key of the method.
    python
        An interpreter, or the folder of its environment.

    Returns
    -------
    Path or None
        The interpreter.

    Raises
    ------
    InputError
        If there is no such method or file, or the settings can't be written.
    EngineError
        If the interpreter can't run methods; the message says what it lacks.
    """
    get_method(method)
    if python is not None:
        python = interpreter(python)
        check_interpreter(python)
    chosen = {} if python is None else {method: python}
    _CHOSEN.update(
        lambda known: {key: path for key, path in known.items() if key != method} | chosen
    )
    return python


def interpreter(path: Path) -> Path:
    """Return the interpreter that a user means by a file or by the folder of an environment.

    The path stays as it is, links too: an environment's interpreter is a link to another one.

    Raises
    ------
    InputError
        If there is no such file, or no interpreter in the folder.
    """
    path = Path(os.path.abspath(expanded(path)))  # noqa: PTH100 (resolve would follow links)
    if not path.is_dir():
        if not path.exists():
            raise InputError(f"There is no interpreter {path}.")
        return path
    if (python := python_in(path)) is not None:
        return python
    raise InputError(
        f"{path} is no environment: choose its Python, such as env/bin/python or "
        "env\\Scripts\\python.exe."
    )


def missing(method: Method[Any]) -> tuple[str, ...]:
    """Name what keeps a method from running: none where another interpreter runs it."""
    return () if python_of(method.key) else missing_here(method)


def missing_here(method: Method[Any]) -> tuple[str, ...]:
    """Name what keeps a method from running in this environment: modules, or its own environment.

    What a method with an environment of its own requires may be here by the same name, but it is
    of another version.
    """
    return method.missing() if method.environment is None else (OWN,)


def how_to_install(method: Method[Any]) -> str:
    """Return the command that installs what a method lacks in this environment."""
    return method.how_to_install() or f"pip install {' '.join(method.missing())}"
