"""`cellbench methods`: what can run here, what is missing, and where else methods run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("--json", action="store_true")
    setting = parser.add_mutually_exclusive_group()
    setting.add_argument(
        "--set-python",
        nargs=2,
        metavar=("METHOD", "PYTHON"),
        help="run a method in another environment from now on",
    )
    setting.add_argument(
        "--unset-python", metavar="METHOD", help="run a method in this environment again"
    )
    parser.set_defaults(command=_methods)


def _methods(args: argparse.Namespace) -> None:
    from ..engine.environments import set_python

    if args.set_python:
        method, python = args.set_python
        say(f"{method} runs in {set_python(method, Path(python))} from now on.")
    elif args.unset_python:
        set_python(args.unset_python, None)
        say(f"{args.unset_python} runs in this environment from now on.")
    else:
        _list(args.json)


def _list(as_json: bool) -> None:
    from ..methods import methods

    rows = [_row(method) for method in methods().values()]
    if as_json:
        say(json.dumps(rows, indent=2))
        return
    width = max(len(row["key"]) for row in rows) + 2
    for row in rows:
        state = f"runs in {row['python']}" if row["python"] else row["state"]
        if row["install"]:
            state += f":  {row['install']}"
        say(f"{row['key']:<{width}}{row['title']:<34}{state}")
        about = (row["family"], f"segments {', '.join(row['targets'])}", *row["cautions"])
        say(f"{'':<{width}}{'; '.join(about)}")


def _row(method: Any) -> dict[str, Any]:
    from ..engine.environments import missing, python_of
    from ..engine.needs import needs

    python = python_of(method.key)
    needed = needs(method)
    return {
        "key": method.key,
        "title": method.title,
        "family": method.family,
        "targets": list(method.targets),
        "channels": list(method.channels),
        "needs_checkpoint": method.needs_checkpoint,
        "trainable": method.trainable,
        "available": needed.can_run,
        "state": needed.to_install,
        "missing": list(missing(method)),
        "install": needed.command,
        "environment_size": needed.size,
        "gpu": needed.gpu,
        "has_gpu": needed.has_gpu,
        "research_only": needed.research,
        "cautions": list(needed.cautions),
        "python": str(python) if python else None,
        "citation": method.citation,
    }
