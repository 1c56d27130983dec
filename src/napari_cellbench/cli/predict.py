"""`cellbench predict`: segment images, one into a file, or many into a folder."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .images import find_items
from .input import add_image_arguments
from .predict_many import predict_many
from .saving import save_labels
from .segmenting import Asked
from .terminal import say, show, warn

if TYPE_CHECKING:
    from ..engine.job import Progress

FORMATS = (".tif", ".json", ".geojson", ".zip", "_seg.npy")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE",
        help="file, stack, folder, OME-Zarr, data set, or a pattern such as 'plate/*.tif'",
    )
    parser.add_argument(
        "--method", help="see `cellbench methods`; left out: one that suits the kind of image"
    )
    parser.add_argument("--checkpoint", help="key or file; left out: the bundled one that suits")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    add_image_arguments(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--python", type=Path, help="interpreter of the environment to run it in")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--output", type=Path, help=".tif, .json, .geojson, .zip or _seg.npy")
    place.add_argument(
        "--output-dir", type=Path, metavar="DIR", help="folder for NAME_labels.tif of each image"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default=FORMATS[0], help="of the files in --output-dir"
    )
    parser.add_argument(
        "--resume", action="store_true", help="skip images that are done, by the same settings"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object; with --output-dir one a line"
    )
    parser.set_defaults(command=_predict)


def _predict(args: argparse.Namespace) -> int:
    if args.output_dir is not None:
        return predict_many(args)
    if args.resume:
        raise InputError("--resume goes with --output-dir.")
    _predict_one(args)
    return 0


def _predict_one(args: argparse.Namespace) -> None:
    from ..data.companions import truth_beside
    from ..data.writers import ENDINGS
    from ..engine import Engine
    from ..files.outputs import check_output, check_room

    named = [*map(Path, args.images), args.checkpoint, args.python]
    inputs = [path for path in [*named, *truth_beside(named[0])] if path]
    check_output(args.output, endings=ENDINGS, inputs=inputs, overwrite=args.overwrite)
    items = find_items(args.images, args.series, args.axes)
    if len(items) > 1:
        raise InputError(f"These are {len(items):,} images: name a folder with --output-dir.")
    asked = Asked.of(args)
    path, images = items[0].path, items[0].open()
    first = asked.sample(images, 0)
    check_room(args.output, len(images) * first.image[0].size)
    reason = asked.choice(first).reason
    told = [] if args.json else [*first.notes, *([reason] if reason else [])]
    for note in told:
        warn(f"note: {note}")
    with Engine() as engine:
        found = asked.segment(engine, images, first, path.name, _show)
        # First of all: what comes after it may fail.
        save_labels(args.output, found, inputs=inputs, overwrite=args.overwrite)
    about = found.about()
    if args.json:
        place = {"image": args.images[0], "output": str(args.output)}
        say(json.dumps({**place, **about}, indent=2, default=str))
        return
    for note in about["notes"]:
        if note not in told:
            warn(f"note: {note}")
    say(f"{about['objects']} objects in {about['seconds']:.1f} s: {args.output}")


def _show(progress: Progress) -> None:
    show("" if progress.fraction >= 1 else f"{progress.fraction:4.0%} {progress.message}")
