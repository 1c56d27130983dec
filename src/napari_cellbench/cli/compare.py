"""`cellbench compare`: many methods on one image, a table and a report."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .input import read_with_roles
from .news import News

if TYPE_CHECKING:
    from ..compare import Entry
    from ..compare.queue import Queue
    from ..compare.robustness import Robustness
    from ..compare.tabulate import Result, Truth
    from ..data import Role, Sample

INCOMPLETE = 1
"""Exit status if an entry gave no result; all that could be done is written."""
LONGEST_NAME = 60
"""Of a label file, in letters."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("image", type=Path, nargs="?", metavar="IMAGE")
    parser.add_argument("--preset", type=Path, help="what to run, as the Compare widget saves it")
    parser.add_argument("--truth", type=Path, help="label image to score against")
    parser.add_argument("--roles", help="what the channels show, such as nucleus,whole_cell")
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
    parser.set_defaults(command=_compare)


@dataclass(frozen=True, eq=False)
class _Order:
    """What is compared."""

    sample: Sample
    roles: tuple[Role, ...]
    name: str
    entries: tuple[Entry, ...]
    truth: Truth | None
    levels: Mapping[str, Sequence[float]]


def _compare(args: argparse.Namespace) -> int:
    if args.example_preset is not None:
        _write_example(args)
        return 0
    from ..compare.queue import Queue

    order = _order(args)
    _make_folder(args.output)
    queue = Queue(workers=args.workers)
    try:
        results = _run(queue, order)
        _write_results(args.output, order, results)
        robustness = _measure(queue, order, args.output) if order.levels else None
    finally:
        queue.release()
    _write_report(args.output, order, results, robustness)
    print(f"The report, the tables and the labels are in {args.output}.")
    failed = any(not result.planes for result in results)
    return INCOMPLETE if failed or (robustness is not None and robustness.failures()) else 0


def _write_example(args: argparse.Namespace) -> None:
    from ..compare.bundled import bundled_entries
    from ..compare.preset import write_preset

    roles = read_with_roles(args.image, args.roles)[1] if args.image is not None else ()
    entries = [entry for entry, fits in bundled_entries(roles) if fits]
    write_preset(args.example_preset, entries)
    print(f"{len(entries)} methods: {args.example_preset}")


def _order(args: argparse.Namespace) -> _Order:
    """Read all that is asked for, so that what is wrong is told before anything runs."""
    from ..compare.preset import read_preset
    from ..compare.tabulate import Truth
    from ..data import Instances
    from ..data.images import read_labels
    from ..scoring.overlap import check_shapes

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
    sample, roles = read_with_roles(args.image, args.roles)
    truth = None
    if args.truth is not None:
        labels = Instances.from_labels(read_labels(args.truth))
        check_shapes(labels.shape, sample.shape)
        truth = Truth(args.truth.name, (labels,))
    levels = _levels(args.robustness, len(roles))
    return _Order(sample, roles, args.image.name, entries, truth, levels)


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
            raise InputError(f"No degradation {kind!r}; there are: {', '.join(DEGRADATIONS)}.")
        try:
            numbers = tuple(float(level) for level in levels.split(",") if level)
        except ValueError:
            raise InputError(f"Write --robustness KIND=LEVEL,LEVEL, not {text!r}.") from None
        chosen[kind] = numbers or levels_for(kind, channels)
    return chosen


def _make_folder(folder: Path) -> None:
    try:
        (folder / "labels").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} can't be made ({error.strerror or error}): choose another --output."
        ) from error


def _run(queue: Queue, order: _Order) -> list[Result]:
    from ..compare.naming import titles_of
    from ..compare.tabulate import Result
    from ..data.source import Source

    names = titles_of(order.entries)
    news = News(names)
    planes = [Source.of(order.sample.image)]
    statuses = queue.run(planes, order.roles, order.entries, order.name, news.tell)
    return [
        Result.of(name, status, entry)
        for name, status, entry in zip(names, statuses, order.entries, strict=True)
    ]


def _write_results(folder: Path, order: _Order, results: Sequence[Result]) -> None:
    """Write labels and tables, and print the table."""
    from ..compare.preset import write_preset
    from ..compare.table import to_csv, to_json, to_markdown
    from ..compare.tabulate import rows
    from ..data.writers import write_labels

    pixel_size = order.sample.pixel_size
    for number, result in enumerate(results, 1):
        if result.planes:
            (objects,) = result.planes
            path = folder / "labels" / f"{number:02d}_{_file_name(result.name)}.tif"
            write_labels(path, objects, provenance=result.record, pixel_size=pixel_size)
    table = rows(results, order.truth, pixel_size)
    markdown = to_markdown(table)
    about: dict[str, Any] = {
        "image": order.name,
        "shape": list(order.sample.image.shape),
        "roles": list(order.roles),
        "pixel_size_um": pixel_size.plain() if pixel_size else None,
        "truth": order.truth.name if order.truth else None,
    }
    _write(folder / "table.csv", to_csv(table))
    _write(folder / "table.md", markdown)
    _write(folder / "table.json", to_json(table, about))
    write_preset(folder / "preset.json", order.entries)
    print(f"\n{markdown}")


def _measure(queue: Queue, order: _Order, folder: Path) -> Robustness:
    from ..compare.robustness import to_csv
    from ..compare.robustness_run import RobustnessRun, Subject
    from ..data.source import Source

    subject = Subject(Source.of(order.sample.image), order.roles, order.truth, order.name)
    measured = RobustnessRun(
        queue,
        subject,
        order.entries,
        order.levels,
        progress=lambda news: News.show(f"{news.fraction:4.0%} {news.message}"),
    ).run()
    News.show("")
    _write(folder / "robustness.csv", to_csv(measured))
    for failure in measured.failures():
        print(failure)
    return measured


def _write_report(
    folder: Path, order: _Order, results: Sequence[Result], robustness: Robustness | None
) -> None:
    from ..compare.report import Contents, write_report
    from ..data.source import Source

    write_report(
        folder / "report.html",
        Contents(
            image=order.name,
            source=Source.of(order.sample.image),
            roles=order.roles,
            results=results,
            truth=order.truth,
            pixel_size=order.sample.pixel_size,
            robustness=robustness,
        ),
    )


def _file_name(title: str) -> str:
    return re.sub(r"[^\w.-]+", "_", title).strip("._")[:LONGEST_NAME] or "labels"


def _write(path: Path, text: str) -> None:
    from ..files.atomic import replacing

    with replacing(path) as file:
        file.write(text.encode())
