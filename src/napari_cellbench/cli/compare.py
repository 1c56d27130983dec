"""`cellbench compare`: many methods on one image, a table and a report."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, did_you_mean
from .compare_files import ResultFolder, Subject
from .failures import INCOMPLETE
from .input import add_image_arguments, read_with_roles
from .news import News
from .scoring_options import add_selection, read_truth
from .terminal import say, show, warn

if TYPE_CHECKING:
    from ..compare import Status
    from ..compare.queue import Queue
    from ..compare.robustness import Robustness
    from ..compare.tabulate import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("image", type=Path, nargs="?", metavar="IMAGE")
    parser.add_argument("--preset", type=Path, help="what to run, as the Compare widget saves it")
    parser.add_argument("--truth", type=Path, help="objects to score against, as of `score`")
    add_selection(parser)
    add_image_arguments(parser)
    parser.add_argument("--device", help="in place of the preset's: auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument(
        "--workers", type=int, help="most methods that run at once, if memory allows; 1 if left out"
    )
    parser.add_argument(
        "--robustness",
        nargs="*",
        metavar="KIND=LEVEL,LEVEL",
        help="run again on the image made worse, such as blur=2,4 poisson; alone: in every way",
    )
    parser.add_argument("--output", type=Path, help="folder for labels, tables and the report")
    parser.add_argument(
        "--example-preset",
        type=Path,
        metavar="FILE",
        help="write a preset of what runs without a download, and end",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files of the output")
    parser.set_defaults(command=_compare)


@dataclass(frozen=True, eq=False)
class _Order:
    """What is compared, and how."""

    subject: Subject
    levels: Mapping[str, Sequence[float]]


def _compare(args: argparse.Namespace) -> int:
    if args.example_preset is not None:
        _write_example(args)
        return 0
    from ..compare.queue import Queue

    order = _order(args)
    files = ResultFolder(args.output, order.subject)
    files.check(_inputs(args), robustness=bool(order.levels), overwrite=args.overwrite)
    for note in order.subject.notes:
        warn(f"note: {note}")
    queue = Queue(workers=args.workers)
    try:
        results = _run(queue, order.subject, files)
        say(f"\n{files.write_tables(results)}")
        robustness = _measure(queue, order, files) if order.levels else None
    finally:
        queue.release()
    files.write_report(results, robustness)
    _tell_notes(order.subject, results)
    say(f"The report, the tables and the labels are in {args.output}.")
    failed = any(not result.planes for result in results) or bool(files.failures)
    return INCOMPLETE if failed or (robustness is not None and robustness.failures()) else 0


def _inputs(args: argparse.Namespace) -> list[Path]:
    from ..data.companions import truth_beside

    given = [path for path in (args.image, args.preset, args.truth) if path is not None]
    return given + (truth_beside(args.image) if args.image is not None else [])


def _tell_notes(of: Subject, results: Sequence[Result]) -> None:
    """Print what the runs noted, each once, with the names of the results that it is of."""
    said: dict[str, list[str]] = {}
    for result in results:
        for note in result.record.get("notes", ()):
            if note not in of.notes:
                said.setdefault(note, []).append(result.name)
    for note, names in said.items():
        warn(f"note: {', '.join(names)}: {note}")


def _write_example(args: argparse.Namespace) -> None:
    from ..compare.bundled import bundled_entries
    from ..compare.preset import write_preset
    from ..files.outputs import check_output

    check_output(
        args.example_preset, endings=(".json",), inputs=_inputs(args), overwrite=args.overwrite
    )
    sample, roles = read_with_roles(args) if args.image is not None else (None, ())
    kind = sample.kind if sample is not None else None
    entries = [entry for entry, fits in bundled_entries(roles, kind) if fits]
    for note in sample.notes if sample is not None else ():
        warn(f"note: {note}")
    if kind is not None:
        warn(f"note: {kind}")
    write_preset(args.example_preset, entries)
    say(f"{len(entries)} methods: {args.example_preset}")


def _order(args: argparse.Namespace) -> _Order:
    """Read all that is asked for, so that what is wrong is told before anything runs."""
    from ..compare.naming import titles_of
    from ..compare.preset import read_preset

    for name in ("image", "preset", "output"):
        if getattr(args, name) is None:
            option = "the IMAGE" if name == "image" else f"--{name}"
            raise InputError(f"Name {option}, or write a first preset with --example-preset FILE.")
    if args.workers is not None and args.workers < 1:
        raise InputError(f"--workers must be 1 or more, not {args.workers}.")
    entries = read_preset(args.preset)
    if not entries:
        raise InputError(f"{args.preset.name} has no entries: add a method.")
    if args.device is not None:
        entries = tuple(replace(entry, device=args.device) for entry in entries)
    sample, roles = read_with_roles(args)
    truth = None
    if args.truth is not None:
        truth, told = read_truth(args, sample.shape)
        sample = replace(sample, notes=(*sample.notes, *told))
    levels = _levels(args.robustness, len(roles))
    names = titles_of(entries)
    return _Order(Subject(sample, roles, args.image.name, entries, names, truth), levels)


def _levels(asked: Sequence[str] | None, channels: int) -> dict[str, tuple[float, ...]]:
    from ..data.degradations import DEGRADATIONS, levels_for

    if asked is None:
        return {}
    if not asked:
        return {kind: levels_for(kind, channels) for kind in DEGRADATIONS}
    chosen = {}
    for text in asked:
        kind, _, levels = text.partition("=")
        if kind not in DEGRADATIONS:
            there = f"there are: {', '.join(DEGRADATIONS)}."
            raise InputError(f"No degradation {kind!r}; {there}{did_you_mean(kind, DEGRADATIONS)}")
        try:
            numbers = tuple(float(level) for level in levels.split(",") if level)
        except ValueError:
            raise InputError(f"Write --robustness KIND=LEVEL,LEVEL, not {text!r}.") from None
        chosen[kind] = numbers or levels_for(kind, channels)
    return chosen


def _run(queue: Queue, of: Subject, files: ResultFolder) -> list[Result]:
    from ..compare.tabulate import Result
    from ..data.source import Source

    news = News(of.names)

    def changed(index: int, status: Status) -> None:
        files.keep_labels(index, status)
        news.tell(index, status)

    statuses = queue.run([Source.of(of.sample.image)], of.roles, of.entries, of.name, changed)
    return [
        Result.of(name, status, entry)
        for name, status, entry in zip(of.names, statuses, of.entries, strict=True)
    ]


def _measure(queue: Queue, order: _Order, files: ResultFolder) -> Robustness:
    from ..compare.robustness_run import RobustnessRun
    from ..compare.robustness_run import Subject as Measured
    from ..data.source import Source

    of = order.subject
    measured = RobustnessRun(
        queue,
        Measured(Source.of(of.sample.image), of.roles, of.truth, of.name),
        of.entries,
        order.levels,
        progress=lambda news: show(f"{news.fraction:4.0%} {news.message}"),
    ).run()
    show("")
    files.write_robustness(measured)
    for failure in measured.failures():
        say(failure)
    return measured
