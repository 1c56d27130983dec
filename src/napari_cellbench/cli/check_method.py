"""`cellbench check-method`: whether a method keeps the contract, a line a check."""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from .failures import INCOMPLETE, NOT_INSTALLED
from .segmenting import parameters_of
from .terminal import say, show, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..conformance import CheckResult

WIDTH = 100
"""Letters of a line."""
INDENT = 32
"""Letters before a message."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("name", metavar="NAME", help="key of the method, or MODULE:CLASS")
    parser.add_argument("--checkpoint", help="key or file; left out: a bundled one")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--python", type=Path, help="interpreter of the environment to run it in")
    parser.add_argument("--only", nargs="+", default=[], metavar="CHECK", help="these checks alone")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_check)


def _check(args: argparse.Namespace) -> int:
    from ..conformance import check_method
    from ..conformance.check import check_names, find_method
    from ..engine.environments import interpreter, missing
    from ..methods.parameters import build

    method = find_method(args.name)
    check_names(args.only)
    parameters = parameters_of(args.param)
    build(method.parameters, parameters)
    python = interpreter(args.python) if args.python else None
    show(f"Checking {method.title}")
    results = check_method(
        method,
        args.checkpoint,
        parameters=parameters,
        device=args.device,
        python=python,
        only=args.only,
        report=(lambda _: None) if args.json else (lambda result: say(_row(result))),
    )
    ok = all(result.ok for result in results)
    if args.json:
        checks = [result.to_dict() for result in results]
        say(json.dumps({"method": method.key, "ok": ok, "checks": checks}, indent=2))
    else:
        say(_summary(results))
    if not ok:
        return INCOMPLETE
    if python is None and missing(method):
        warn("cellbench: the method isn't installed here: what needs it was not checked.")
        return NOT_INSTALLED
    return 0


def _row(result: CheckResult) -> str:
    head = f"{result.status:<15} {result.name}"
    return textwrap.fill(
        f"{head:<{INDENT}}{result.message}",
        WIDTH,
        subsequent_indent=" " * INDENT,
        drop_whitespace=True,
    )


def _summary(results: Sequence[CheckResult]) -> str:
    counts = {
        status: sum(result.status == status for result in results)
        for status in ("passed", "failed", "not applicable")
    }
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    failed = [result.name for result in results if not result.ok]
    return f"{told}." + (f" Failed: {', '.join(failed)}." if failed else "")
