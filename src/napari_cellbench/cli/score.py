"""`cellbench score`: objects against their truth, of one image or of folders of them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .failures import INCOMPLETE
from .scoring_options import add_selection, add_splitting, selection_of
from .terminal import say, show, warn

if TYPE_CHECKING:
    from ..scoring.folders import FolderScore, Options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "truth", type=Path, help="label image, COCO, GeoJSON, ImageJ regions, _seg.npy; or a folder"
    )
    parser.add_argument("prediction", type=Path, help="the same; folders are paired by name")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a table, a row an image")
    parser.add_argument("--overwrite", action="store_true", help="replace the CSV file")
    parser.add_argument(
        "--groups", type=Path, metavar="FILE", help="CSV of image and group; else subfolders"
    )
    parser.add_argument(
        "--boundary",
        type=float,
        metavar="PIXELS",
        help="score outlines too: the boundary F, of outlines that are within so many pixels",
    )
    add_selection(parser)
    add_splitting(parser, "prediction")
    parser.set_defaults(command=_score)


def _score(args: argparse.Namespace) -> int:
    from ..files.outputs import check_output, export_text
    from ..scoring.folders import score_pairs
    from ..scoring.pairs import find_pairs, is_folder
    from .score_table import text_of_image, text_of_images, to_csv

    options = _options(args)
    inputs = [path for path in (args.truth, args.prediction, args.groups) if path is not None]
    if args.csv is not None:
        check_output(args.csv, endings=(".csv",), inputs=inputs, overwrite=args.overwrite)
    pairing = find_pairs(args.truth, args.prediction, args.groups)
    total = len(pairing.pairs)
    found = score_pairs(pairing, options, lambda done: show(f"{done:,} of {total:,} images"))
    show("")
    if args.csv is not None:
        export_text(args.csv, to_csv(found))
    single = total == 1 and not is_folder(args.truth) and not is_folder(args.prediction)
    if args.json:
        say(json.dumps(_single(found) if single else found.to_dict(), indent=2))
    else:
        say(text_of_image(_single(found)) if single else text_of_images(found))
        for note in found.notes:
            warn(f"note: {note}")
    incomplete = found.failures or pairing.no_prediction or pairing.no_truth
    return INCOMPLETE if incomplete else 0


def _options(args: argparse.Namespace) -> Options:
    from ..scoring.boundary import checked_boundary
    from ..scoring.folders import Options

    return Options(
        selection_of(args),
        split_truth=args.binary_truth == "components",
        split_prediction=args.binary_prediction == "components",
        boundary=checked_boundary(args.boundary),
    )


def _single(found: FolderScore) -> dict[str, object]:
    from ..scoring.folders import sizes

    figures = found.rows[0].score.to_dict()
    return {**figures, "sizes": sizes(found.whole), "notes": list(found.notes)}
