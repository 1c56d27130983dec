"""`cellbench report`: tables and figures of an evaluation, also while it runs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .ranking import ranking_text
from .score_table import aligned
from .terminal import say, warn

if TYPE_CHECKING:
    from ..benchmark.report.contents import Experiment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("results", type=Path, metavar="DIR", help="folder of `cellbench evaluate`")
    parser.add_argument(
        "--site", type=Path, metavar="OUT", help="write a page with figures, images and data"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_report)


def _report(args: argparse.Namespace) -> None:
    from ..benchmark.report.contents import report_of, to_json

    found = report_of(args.results)
    if args.json:
        say(json.dumps(to_json(found), indent=2))
    else:
        say(ranking_text(found.ranking))
        for one in found.experiments:
            say("")
            say(_text(one))
        for note in found.ranking.notes:
            warn(f"note: {note}")
    if args.site:
        from ..benchmark.report.site import write_site

        page = write_site(found, args.site)
        if not args.json:
            say("")
            say(str(page))


def _text(experiment: Experiment) -> str:
    """Return an experiment's table, and which methods tie."""
    from ..benchmark.report.site import COLUMNS

    images = f"{experiment.images:,} images"
    if experiment.left_out:
        images += f", {experiment.left_out:,} left out"
    rows = [["Method", *(column.title for column in COLUMNS)]]
    rows += [
        [str(row["method"]), *(column.text(row) for column in COLUMNS)]
        for row in experiment.methods
    ]
    lines = [f"{experiment.name} ({images}; macro but for micro and sums)", aligned(rows)]
    lines += [
        f"{pair.verdict}: {pair.first} and {pair.second}, {pair.difference.value:+.3f} "
        f"({pair.difference.low:+.3f} to {pair.difference.high:+.3f}), p = {pair.p:.2g}"
        for pair in experiment.pairs
        if pair.is_tie
    ]
    return "\n".join(lines)
