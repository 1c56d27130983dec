"""The versions that a method runs with, as a worker would tell them, without starting one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ..methods.base import Method
from . import versions
from .lending import LENT, PATIENCE, check_interpreter


def versions_of(method: Method[Any], python: Path | None = None) -> dict[str, str]:
    """Return the versions of Python and of the packages that take part in a run of a method.

    Parameters
    ----------
    method
        Its own package counts too, so that another one's method is told from its next version.
    python
        Interpreter of another environment, which is asked; None for the running one.

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
        number, theirs = _ask(python, modules)
        # As `lending` has it: our own packages win, those of others' methods fill gaps.
        lent = {name: found[name] for name in modules if name in found and name in (*LENT, own)}
        ours = {name: known for name, known in lent.items() if name in LENT or name not in theirs}
        found = theirs | ours
    named = (found.get(module, (module, "unknown")) for module in modules)
    return {"python": number} | dict(named)


def _ask(python: Path, modules: tuple[str, ...]) -> tuple[str, dict[str, tuple[str, str]]]:
    check_interpreter(python)
    command = [str(python), "-E", "-P", versions.__file__, *modules]
    asked = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True)
    told = json.loads(asked.stdout)
    return told["python"], {name: (known[0], known[1]) for name, known in told["modules"].items()}
