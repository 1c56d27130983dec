"""`cellbench train-matrix`: methods by tasks by training groups, one run each."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .failures import INCOMPLETE
from .following import follow
from .terminal import say, show, warn

if TYPE_CHECKING:
    from ..benchmark.matrix import Cell, Learnt
    from ..training.plan import Plan
    from ..training.run import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "data_sets", nargs="*", type=Path, metavar="DATASET", help="data sets to learn from"
    )
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="folder of runs")
    parser.add_argument("--method", action="append", metavar="M", help="again for each method")
    parser.add_argument(
        "--task", action="append", help="again for each; left out: those that the data fit"
    )
    parser.add_argument(
        "--each-group",
        action="append",
        metavar="M",
        help="method that is trained on each tissue or cell type too; left out: all; none: none",
    )
    parser.add_argument(
        "--preset",
        choices=("seggal",),
        help="the systematic evaluation's models, instead of methods and tasks",
    )
    parser.add_argument("--val", type=Path, metavar="DATASET", help="data set to measure on")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help="batches to learn from")
    length.add_argument("--minutes", type=float, help="time to train each, instead")
    parser.add_argument("--batch", type=int, help="patches in a batch")
    parser.add_argument("--patch", type=int, help="side of a patch in pixels")
    parser.add_argument("--seed", type=int, help="the same seed gives the same runs")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--retry", action="store_true", help="try again what failed")
    parser.add_argument("--dry-run", action="store_true", help="print the list, and train nothing")
    parser.add_argument("--json", action="store_true", help="print JSON objects")
    parser.set_defaults(command=_train)


def _train(args: argparse.Namespace) -> int:
    from ..benchmark.matrix import states
    from ..benchmark.store import held

    cells = _cells(args)
    known = states(args.output, cells)
    if args.dry_run:
        for cell, state in known.items():
            _tell(args, cell, state)
        _sum_up(known)
        return 0
    if not args.data_sets:
        raise InputError("Name the data sets to learn from.")
    try:
        args.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{args.output} can't be made: {error.strerror or error}.") from error
    with held(args.output):
        return _run(args, {cell: path for cell, path in cells.items() if path is not None})


def _run(args: argparse.Namespace, cells: Mapping[Cell, Path]) -> int:
    from ..benchmark.matrix import states, train

    failures = 0

    def wait(run: Run) -> None:
        warn(f"training {run.folder}")
        follow(run, for_programs=args.json)

    for cell, status, problem in train(args.output, cells, _common(args), wait, args.retry):
        state = status.state if status is not None else "failed"
        failures += state != "finished"
        _tell(args, cell, state, problem)
    _sum_up(states(args.output, cells))
    return INCOMPLETE if failures else 0


def _cells(args: argparse.Namespace) -> Mapping[Cell, Path | None]:
    from ..benchmark.matrix import evaluation_matrix, evaluation_matrix_on, matrix

    data = [_look_into(path) for path in args.data_sets]
    if args.preset:
        if args.method or args.task or args.each_group:
            raise InputError(f"--preset {args.preset} names methods and tasks itself.")
        whole = evaluation_matrix()
        found = evaluation_matrix_on(data) if data else dict.fromkeys(whole)
        if len(found) < len(whole):
            warn(
                f"note: the data sets can teach {len(found)} of the {len(whole)} models; the "
                "others need other channels, tissues or cell types."
            )
        return found
    if not data or not args.method:
        raise InputError("Name data sets, and methods by --method M, or take --preset seggal.")
    single = None if args.each_group is None else [m for m in args.each_group if m != "none"]
    return matrix(data, args.method, args.task or (), single)


def _look_into(path: Path) -> Learnt:
    from ..benchmark.matrix import look_into

    found = look_into(path, lambda count: show(f"{path.name}: {count:,} images"))
    show("")
    return found


def _common(args: argparse.Namespace) -> Plan:
    from ..methods.parameters import build
    from ..methods.training import TrainingSettings
    from ..training.plan import Plan

    names = ("steps", "batch", "patch", "seed")
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if "steps" in given:
        given["snapshot"] = max(1, given["steps"] // 10)
    settings = build(TrainingSettings, given)
    return Plan(
        "", Path(), validation=args.val, minutes=args.minutes, settings=settings, device=args.device
    )


def _tell(args: argparse.Namespace, cell: Cell, state: str, problem: str = "") -> None:
    if args.json:
        about = {"task": cell.task, "method": cell.method, "group": cell.group, "state": state}
        folder = str(args.output / cell.folder)
        say(json.dumps({**about, "run": folder, **({"error": problem} if problem else {})}))
        return
    line = f"{cell.task:<12} {cell.group or 'all':<24} {cell.method:<26} {state}"
    say(f"{line}: {problem}" if problem else line)


def _sum_up(known: Mapping[Cell, str]) -> None:
    counts = Counter(known.values())
    parts = [f"{count:,} {state}" for state, count in sorted(counts.items())]
    warn(f"{len(known):,} models: {', '.join(parts) or 'none'}")
