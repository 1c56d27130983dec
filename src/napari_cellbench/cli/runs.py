"""`cellbench runs`: the training runs of this user, wherever they were started."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CellbenchError
from .following import ended, follow, line_of, table_of, wait_for
from .terminal import say, warn

if TYPE_CHECKING:
    from ..training.run import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="all runs, the newest first")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    listing.set_defaults(command=_list)
    for name, action, text in (
        ("show", _show, "how a run stands"),
        ("follow", _follow, "show how a run goes on until it ends; Ctrl-C leaves it alone"),
        ("stop", _stop, "save what was learnt, and end"),
        ("resume", _resume, "go on where a run stopped"),
        ("clone", _clone, "make a new run by the same plan, and start it"),
        ("remove", _remove, "delete a run's folder, its checkpoint too"),
    ):
        one = actions.add_parser(name, help=text)
        one.add_argument("run", type=Path, metavar="RUN", help="folder of the run")
        if name == "clone":
            one.add_argument("output", type=Path, metavar="NEW", help="folder to make")
        if name in ("resume", "clone"):
            one.add_argument("--detach", action="store_true", help="don't wait for its end")
        if name == "stop":
            one.add_argument(
                "--grace", type=float, default=60.0, help="seconds after which it is killed"
            )
        if name in ("show", "stop", "resume", "clone"):
            one.add_argument("--json", action="store_true", help="print one JSON object")
        one.set_defaults(command=action)


def _list(args: argparse.Namespace) -> int:
    from ..training.run import known_runs

    records, runs = [], known_runs()
    for run in runs:
        try:
            plan, status = run.plan, run.status()
        except CellbenchError as error:
            warn(f"{run.folder}: {error}")
            continue
        if args.json:
            about = {"run": str(run.folder), "method": plan.method, "train": str(plan.train)}
            records.append({**about, **asdict(status)})
        else:
            say(f"{status.state:<9} {plan.method:<18} {line_of(status):<40} {run.folder}")
    if args.json:
        say(json.dumps(records, indent=2))
    elif not runs:
        say("No training runs yet. Start one by `cellbench train`.")
    return 0


def _show(args: argparse.Namespace) -> int:
    run = _run(args)
    if args.json:
        ended(run, as_json=True)
        return 0
    plan, status = run.plan, run.status()
    say(f"{plan.method} from {plan.start or 'nothing'}, on {plan.train}")
    say(line_of(status))
    for line in (*status.notes, *table_of(status)):
        say(line)
    if status.checkpoint:
        say(f"Checkpoint: {status.checkpoint}")
    return 0


def _follow(args: argparse.Namespace) -> int:
    run = _run(args)
    follow(run, stops=False)
    return ended(run, as_json=False)


def _stop(args: argparse.Namespace) -> int:
    run = _run(args)
    if not run.status().is_under_way:
        warn(f"{args.run} isn't being trained.")
    status = run.stop(args.grace)
    if args.json:
        ended(run, as_json=True)
    else:
        say(line_of(status))
    return 0


def _resume(args: argparse.Namespace) -> int:
    from ..training.launching import launch

    run = _run(args)
    launch(run)
    return wait_for(run, args)


def _clone(args: argparse.Namespace) -> int:
    from ..training.launching import launch
    from ..training.run import Run

    run = Run.create(args.output, _run(args).plan.checked())
    launch(run)
    return wait_for(run, args)


def _remove(args: argparse.Namespace) -> int:
    _run(args).remove()
    say(f"Removed {args.run}.")
    return 0


def _run(args: argparse.Namespace) -> Run:
    from ..training.run import Run

    return Run.open(args.run)
