"""`cellbench evaluate`: methods on whole data sets, here or on a cluster."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .failures import INCOMPLETE
from .progress import Watch
from .terminal import say, warn

if TYPE_CHECKING:
    from ..benchmark.asked import Asked
    from ..benchmark.evaluation import Run
    from ..benchmark.jobs import Done
    from ..benchmark.planning import Planned


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "data_sets", nargs="+", type=Path, metavar="DATASET", help="files or folders with truth"
    )
    parser.add_argument(
        "--method",
        action="append",
        required=True,
        metavar="M[:CHECKPOINT]",
        help="again for each; see `cellbench methods` and `cellbench checkpoints`",
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="new, or to go on with"
    )
    parser.add_argument(
        "--task", help="nuclei-dual, nuclei, cells-dual, cells or phase: channels and target"
    )
    parser.add_argument("--target", choices=("nucleus", "whole_cell"), help="what is scored")
    groups = parser.add_mutually_exclusive_group()
    groups.add_argument(
        "--group-by",
        metavar="NAMES",
        help="group, folder, or what images tell, such as tissue,platform",
    )
    groups.add_argument("--groups", type=Path, metavar="FILE", help="CSV of image and group")
    parser.add_argument("--truth-by", metavar="WHO", help="further annotator who is the truth")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--limit", type=int, metavar="N", help="images of each data set at most")
    parser.add_argument(
        "--time-limit",
        type=float,
        default=1800.0,
        metavar="SECONDS",
        help="for an image (default %(default)g)",
    )
    parser.add_argument("--retry", action="store_true", help="try again what failed")
    parser.add_argument("--workers", type=int, metavar="N", help="models at once on this computer")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--scheduler", metavar="ADDRESS", help="run on Dask's workers there")
    place.add_argument(
        "--cluster", type=Path, metavar="FILE", help="start Dask's workers as the file says"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object for each image")
    parser.set_defaults(command=_evaluate)


def _evaluate(args: argparse.Namespace) -> int:
    from ..benchmark.evaluation import evaluate

    for name in ("limit", "workers", "time_limit"):
        value = getattr(args, name)
        if value is not None and not value > 0:
            raise InputError(f"--{name.replace('_', '-')} must be more than 0, not {value}.")
    shown = _Shown(args)
    try:
        failures = evaluate(_asked(args), args.output, _run(args), shown.planned, shown.done)
    except KeyboardInterrupt:
        shown.end()
        warn(f"{shown.count:,} images are done and kept; the same command goes on with the rest.")
        raise
    finally:
        shown.end()
    if failures:
        warn(f"{failures:,} images failed: --retry tries them again.")
    if not args.json:
        say(f"{args.output}: images.parquet, cells.parquet, predictions")
    return INCOMPLETE if failures else 0


def _asked(args: argparse.Namespace) -> Asked:
    from ..benchmark.asked import Asked

    return Asked(
        data_sets=tuple(args.data_sets),
        methods=tuple(args.method),
        task=args.task,
        target=args.target,
        group_by=args.group_by,
        groups=args.groups,
        truth_by=args.truth_by,
        device=args.device,
        images=args.limit,
        time_limit=args.time_limit,
        retry=args.retry,
        anywhere=bool(args.scheduler or args.cluster),
    )


def _run(args: argparse.Namespace) -> Run:
    if args.scheduler or args.cluster:
        import logging

        from ..benchmark.cluster import Cluster

        # What a person needs of it we say.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        return Cluster(args.scheduler, args.cluster, warn).run
    from functools import partial

    from ..benchmark.local import run_here

    return partial(run_here, workers=args.workers or _workers(args.method))


def _workers(methods: list[str]) -> int:
    """Return how many images are in hand at once: a model takes all cores, and is loaded once."""
    from ..methods.registry import get_method
    from .predict_many import AT_ONCE

    if any(get_method(spec.partition(":")[0]).needs_checkpoint for spec in methods):
        return 1
    return min(AT_ONCE, os.cpu_count() or 1)


class _Shown:
    """What a person, or a program, sees of it."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._json = args.json
        self._watch: Watch | None = None
        self.count = 0

    def planned(self, what: Planned) -> None:
        """Tell what will be done."""
        for note in what.notes:
            warn(f"note: {note}")
        if what.ended:
            warn(f"note: {what.ended:,} images are done already.")
        self._watch = Watch(len(what.jobs), for_programs=self._json)
        self._watch.__enter__()

    def done(self, one: Done) -> None:
        """Tell how an image ended."""
        from ..benchmark.jobs import plain

        row = one.record["image"]
        self.count += 1
        assert self._watch is not None
        if self._json:
            say(json.dumps(plain(row)))
        how = one.job.checkpoint or one.job.method
        name = f"{one.job.data_set}/{one.job.image}, {how}"
        if row["state"] == "failed":
            self._watch.done(name, f"FAILED: {row['error']}", failed=True)
        else:
            text = f"{row['n_prediction']:,} objects, {row['n_truth']:,} true"
            self._watch.done(name, f"{text}, in {row['seconds']:.2f} s")

    def end(self) -> None:
        """Stop showing."""
        if self._watch is not None:
            self._watch.__exit__(None, None, None)
            self._watch = None
