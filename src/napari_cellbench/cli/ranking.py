"""`cellbench ranking`: the systematic evaluation's scheme, of its own figures or of results."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .score_table import aligned
from .terminal import say, warn

if TYPE_CHECKING:
    from ..benchmark.ranking import Ranking, Standing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "results",
        metavar="seggal|DIR",
        help="the published figures, or a folder of `cellbench evaluate`, also while it runs",
    )
    parser.add_argument("--json", action="store_true", help="print a list, the best first")
    parser.set_defaults(command=_ranking)


def _ranking(args: argparse.Namespace) -> None:
    from ..benchmark.ranking import SEGGAL, ranking_of, seggal_ranking

    found = seggal_ranking() if args.results == SEGGAL else ranking_of(Path(args.results))
    if args.json:
        say(json.dumps([one.to_dict() for one in found.standings], indent=2))
    else:
        say(ranking_text(found))
    for note in found.notes:
        warn(f"note: {note}")


def ranking_text(ranking: Ranking) -> str:
    """Return a table, a row a method; ``=`` is one that can't be told from the row above."""
    header = ["", "Method", "Overall", "95 %", "Accuracy", "Usability", "Scalability"]
    rows, above = [], None
    for place, one in enumerate(ranking.standings, 1):
        mark = "=" if above is not None and above.method in one.ties else " "
        rows.append([f"{place:>2}{mark}", one.name, *_cells(one)])
        above = one
    return aligned([header, *rows], left=2)


def _cells(one: Standing) -> list[str]:
    range_ = "" if one.low is None else f"{one.low:.3f}-{one.high:.3f}"
    return [
        _number(one.overall),
        range_,
        *(_number(value) for value in (one.accuracy, one.usability, one.scalability)),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
