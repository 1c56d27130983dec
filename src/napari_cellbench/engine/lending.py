"""What a worker in another environment's interpreter needs, and what is lent to it."""

from __future__ import annotations

import json
import subprocess
from importlib import metadata
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from ..errors import EngineError
from ..methods.registry import GROUP

OLDEST = (3, 11)
"""Python that this package is written for."""
NEEDED = {"numpy": "2.0", "pycocotools": "2.0.8"}
"""Compiled packages that each environment must have itself, with their oldest version."""
LENT = ("napari_cellbench", "appose", "platformdirs")
"""Pure Python packages of this environment that a worker runs on."""
GUEST = Path(__file__).with_name("guest.py")
PATIENCE = 60.0
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


def check_interpreter(python: Path) -> None:
    """Make sure that an interpreter can run a worker.

    Raises
    ------
    EngineError
        If it is no Python, too old, or lacks what a worker needs; the message says what to do.
    """
    command = [str(python), "-E", "-c", _ASK, *NEEDED]
    try:
        asked = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True)
        found: dict[str, Any] = json.loads(asked.stdout)
    except OSError as error:
        raise EngineError(
            f"The interpreter {python} can't be started: {error.strerror or error}. Name the "
            "Python of an environment, such as env/bin/python or env\\Scripts\\python.exe."
        ) from error
    except (subprocess.SubprocessError, ValueError) as error:
        raise EngineError(f"{python} does not answer as a Python interpreter does.") from error
    if tuple(found["python"]) < OLDEST:
        number, oldest = (".".join(map(str, v)) for v in (found["python"], OLDEST))
        raise EngineError(
            f"{python} is Python {number}; methods need {oldest} or newer: make the environment "
            "with a newer one."
        )
    versions = found["versions"]
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
