"""`cellbench train`: fine-tune a method, or train it from nothing, in a process of its own."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .following import follow, wait_for
from .score_table import aligned
from .terminal import say, warn

if TYPE_CHECKING:
    from ..training.plan import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("--method", required=True, help="see `cellbench methods`")
    parser.add_argument(
        "--train", required=True, type=Path, metavar="DIR", help="data set to learn from"
    )
    parser.add_argument(
        "--val",
        type=Path,
        metavar="DIR",
        help="data set to measure on; left out: a fifth of the images is held back",
    )
    parser.add_argument(
        "--from", dest="start", metavar="CHECKPOINT", help="key or file; left out: from nothing"
    )
    parser.add_argument("--output", required=True, type=Path, metavar="RUN", help="folder to make")
    parser.add_argument(
        "--images",
        type=_numbers,
        metavar="N[,N...]",
        help="images to learn from; several numbers: a run of each, to see how many are enough",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help="batches to learn from")
    length.add_argument("--minutes", type=float, help="time to train, instead")
    parser.add_argument(
        "--replay",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of images that aren't to be forgotten, 0 to below 1",
    )
    parser.add_argument("--replay-data", type=Path, metavar="DIR", help="where these are")
    parser.add_argument("--target", choices=("nucleus", "whole_cell"), help="what to learn")
    parser.add_argument("--roles", help="what the channels show, such as nucleus,whole_cell")
    parser.add_argument("--batch", type=int, help="patches in a batch")
    parser.add_argument("--patch", type=int, help="side of a patch in pixels")
    parser.add_argument("--learning-rate", type=float, help="largest; left out: the method's")
    parser.add_argument(
        "--keep-start",
        type=float,
        dest="average_with_start",
        metavar="SHARE",
        help="share of the start's weights in the new ones, 0 to 1",
    )
    parser.add_argument("--seed", type=int, help="the same seed gives the same run")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--detach", action="store_true", help="don't wait for its end")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_train)


def _train(args: argparse.Namespace) -> int:
    from ..training.launching import launch
    from ..training.run import Run

    plan = _plan(args).checked()
    if args.images and len(args.images) > 1:
        return _enough(plan, args)
    # Before anything is made: images that can't be learnt from are told at once.
    _tell(plan)
    run = Run.create(args.output, plan)
    launch(run)
    status = wait_for(run, args)
    if args.detach and not args.json:
        warn(f"Follow it by `cellbench runs follow {args.output}`, or stop it: runs stop.")
    return status


def _enough(plan: Plan, args: argparse.Namespace) -> int:
    """Train on more and more images, and print what comes of each number."""
    from ..training.enough import amounts

    if args.detach:
        raise InputError("Several numbers of images are waited for: leave --detach out.")
    names = ("F1", "AP50", "mAP")
    rows: list[tuple[str, ...]] = [("Images", "Cells", *names)]
    found = []
    for one in amounts(plan, args.output, args.images, partial(follow, for_programs=args.json)):
        found.append(asdict(one))
        figures = (f"{one.figures[name]:.3f}" if name in one.figures else "–" for name in names)
        rows.append((f"{one.images:,}", f"{one.cells:,}", *figures))
    say(json.dumps(found, indent=2) if args.json else aligned(rows))
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("whole numbers are wanted, such as 1,2,4,8") from None


def _tell(plan: Plan) -> None:
    """Say what a plan comes to, and what speaks against it."""
    from ..training.outlook import in_words, look_ahead
    from ..training.pace import expected, known_pace

    outlook = look_ahead(plan)
    warn(f"{in_words(outlook)}.")
    warn(expected(plan, known_pace(plan)))
    for reason in outlook.against:
        warn(f"warning: {reason}")


def _plan(args: argparse.Namespace) -> Plan:
    from ..methods.parameters import build
    from ..methods.training import TrainingSettings
    from ..training.plan import Plan, kept_often

    names = ("steps", "batch", "patch", "learning_rate", "seed", "average_with_start")
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    settings = kept_often(build(TrainingSettings, given))
    roles = None if args.roles is None else tuple(p.strip() for p in args.roles.split(","))
    return Plan(
        method=args.method,
        train=args.train,
        target=args.target,
        validation=args.val,
        start=args.start,
        roles=roles,
        images=args.images[0] if args.images and len(args.images) == 1 else None,
        replay=args.replay_data,
        share=args.replay,
        minutes=args.minutes,
        settings=settings,
        device=args.device,
    )
