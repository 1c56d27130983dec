"""What a worker in another environment's interpreter needs, and what is lent to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import metadata
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from ... import children
from ...errors import EngineError
from ...methods.registry import GROUP

OLDEST = (3, 11)
"""Python that this package is written for."""
NEEDED = {"numpy": "2.0", "pycocotools": "2.0.8"}
"""Compiled packages that each environment must have itself, with their oldest version."""
LENT = ("napari_cellbench", "appose", "platformdirs")
"""Pure Python packages of this environment that a worker runs on."""
GUEST = Path(__file__).with_name("guest.py")
PATIENCE = 20.0
"""Seconds that an interpreter may take to tell what it has; the first time can be slow."""

_ASK = """
import json, sys
found = {"python": list(sys.version_info[:2]), "versions": {}}
if sys.version_info >= (3, 8):
    from importlib import metadata
    for name in sys.argv[1:]:
        try:
            found["versions"][name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
print(json.dumps(found))
"""


def answer_of(python: Path, arguments: Sequence[str], tick: Callable[[], None]) -> dict[str, Any]:
    """Run an interpreter that prints a JSON object, bounded as `children.ask` has it.

    Parameters
    ----------
    python
        The interpreter, which may be any program.
    arguments
        For it.
    tick
        Called many times a second; may raise to stop.

    Raises
    ------
    EngineError
        If it can't be started, or does not answer as a Python interpreter does.
    """
    try:
        code, said = children.ask([str(python), "-E", *arguments], PATIENCE, tick)
        # What an environment prints at each start comes before.
        found = json.loads(said.strip().rpartition(b"\n")[2])
    except OSError as error:
        raise EngineError(
            f"The interpreter {python} can't be started: {error.strerror or error}. Name the "
            "Python of an environment, such as env/bin/python or env\\Scripts\\python.exe."
        ) from error
    except (children.Unanswered, ValueError, RecursionError) as error:
        why = f" ({error})" if isinstance(error, children.Unanswered) else ""
        raise EngineError(f"{python} does not answer as a Python interpreter does{why}.") from error
    if code or not isinstance(found, dict):
        raise EngineError(f"{python} does not answer as a Python interpreter does.")
    return found


def check_interpreter(python: Path, tick: Callable[[], None] = lambda: None) -> None:
    """Make sure that an interpreter can run a worker.

    Parameters
    ----------
    python
        The interpreter.
    tick
        Called many times a second; may raise to stop.

    Raises
    ------
    EngineError
        If it is no Python, too old, or lacks what a worker needs; the message says what to do.
    """
    found = answer_of(python, ["-c", _ASK, *NEEDED], tick)
    try:
        number = tuple(int(part) for part in found["python"])
        versions = {str(name): str(version) for name, version in found["versions"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EngineError(f"{python} does not answer as a Python interpreter does.") from error
    if number < OLDEST:
        shown, oldest = (".".join(map(str, v)) for v in (number, OLDEST))
        raise EngineError(
            f"{python} is Python {shown}; methods need {oldest} or newer: make the environment "
            "with a newer one."
        )
    if wanted := [
        f"{name}>={oldest}"
        for name, oldest in NEEDED.items()
        if _numbers(versions.get(name, "0")) < _numbers(oldest)
    ]:
        quoted = " ".join(f'"{requirement}"' for requirement in wanted)
        have = ", ".join(f"{name} {number}" for name, number in versions.items()) or "neither"
        raise EngineError(
            f"{python} needs {' and '.join(wanted)} (it has {have}): "
            f'run  "{python}" -m pip install {quoted}'
        )


def guest_command(python: Path) -> list[str]:
    """Return the command that starts a worker in another interpreter.

    Our own packages win over whatever version is there, so that both sides speak alike. Packages
    of other people's methods are lent only where they are not installed.
    """
    others = {
        entry.module.partition(".")[0]: entry.dist
        for entry in entry_points(group=GROUP)
        if entry.dist
    }
    offered = {
        "first": [_loan(name, metadata.distribution(name)) for name in LENT],
        "last": [_loan(name, others[name]) for name in sorted(set(others) - set(LENT))],
    }
    # -E: what PYTHONPATH names is ours, not theirs.
    return [str(python), "-E", "-P", str(GUEST), json.dumps(offered)]


def _loan(module: str, origin: metadata.Distribution) -> tuple[str, str, str | None, str]:
    """Describe a package of this environment as `guest` takes it."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    folder = next(iter(spec.submodule_search_locations or ()), None)
    # Where metadata lie is known to those distributions alone that lie in a file system.
    return module, spec.origin, folder, str(cast(metadata.PathDistribution, origin)._path)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, to compare."""
    numbers = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
