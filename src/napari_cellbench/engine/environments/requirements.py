"""The versions that a method runs with, as a worker would tell them, without starting one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import EngineError
from ...methods.base import Method
from . import versions
from .lending import LENT, answer_of, check_interpreter


def versions_of(
    method: Method[Any], python: Path | None = None, tick: Callable[[], None] = lambda: None
) -> dict[str, str]:
    """Return the versions of Python and of the packages that take part in a run of a method.

    Parameters
    ----------
    method
        Its own package counts too, so that another one's method is told from its next version.
    python
        Interpreter of another environment, which is asked; None for the running one.
    tick
        Called many times a second while it is asked; may raise to stop.

    Returns
    -------
    dict
        By name of the distribution; "unknown" where a module is not installed.

    Raises
    ------
    EngineError
        If the interpreter can't run a worker.
    """
    own = type(method).__module__.partition(".")[0]
    modules = ("napari_cellbench", "numpy", own, *method.requires)
    number, found = versions.python_version(), versions.installed(modules)
    if python is not None:
        number, theirs = _ask(python, modules, tick)
        # As `lending` has it: our own packages win, those of others' methods fill gaps.
        lent = {name: found[name] for name in modules if name in found and name in (*LENT, own)}
        ours = {name: known for name, known in lent.items() if name in LENT or name not in theirs}
        found = theirs | ours
    named = (found.get(module, (module, "unknown")) for module in modules)
    return {"python": number} | dict(named)


def _ask(
    python: Path, modules: tuple[str, ...], tick: Callable[[], None]
) -> tuple[str, dict[str, tuple[str, str]]]:
    check_interpreter(python, tick)
    told = answer_of(python, ["-P", versions.__file__, *modules], tick)
    try:
        found = {name: (str(known[0]), str(known[1])) for name, known in told["modules"].items()}
        return str(told["python"]), found
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise EngineError(f"{python} does not answer as a Python interpreter does.") from error
