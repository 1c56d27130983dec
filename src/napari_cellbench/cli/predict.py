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
from .saving import Output, is_ome_zarr
from .segmenting import Asked
from .terminal import say, show, warn

if TYPE_CHECKING:
    from ..engine.job import Progress

FORMATS = (".tif", ".json", ".geojson", ".zip", "_seg.npy", "ome-zarr")


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
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--output",
        type=Path,
        help=".tif, .json, .geojson, .zip, _seg.npy or .ome.zarr; left out: into an OME-Zarr's own "
        "labels",
    )
    place.add_argument(
        "--output-dir", type=Path, metavar="DIR", help="folder for NAME_labels.tif of each image"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default=FORMATS[0], help="of the files in --output-dir"
    )
    parser.add_argument(
        "--label", default="cellbench", metavar="NAME", help="what labels in OME-Zarr are called"
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
    from ..engine import Engine

    inputs = _check(args)
    items = find_items(args.images, args.series, args.axes)
    if len(items) > 1:
        raise InputError(f"These are {len(items):,} images: name a folder with --output-dir.")
    asked = Asked.of(args)
    output = Output.of(args, items[0])
    images = items[0].open()
    first = asked.plane(images, 0, items[0].path.name)
    output.check(len(images) * first.sample.image[0].size)
    told = [] if args.json else first.request.notes
    for note in told:
        warn(f"note: {note}")
    with Engine() as engine:
        found = output.segment(asked, engine, images, first, _show)
        # First of all: what comes after it may fail.
        output.save(found, inputs)
    about = found.about()
    if args.json:
        place = {"image": args.images[0], "output": str(output.path)}
        say(json.dumps({**place, **about}, indent=2, default=str))
        return
    for note in about["notes"]:
        if note not in told:
            warn(f"note: {note}")
    say(f"{about['objects']} objects in {about['seconds']:.1f} s: {output.path}")


def _check(args: argparse.Namespace) -> list[Path]:
    """Tell before the work whether the output can and may be written; return the inputs."""
    from ..data.companions import truth_beside
    from ..data.writers import ENDINGS
    from ..files.outputs import check_output

    named = [*map(Path, args.images), args.checkpoint, args.python]
    inputs = [path for path in [*named, *truth_beside(named[0])] if path]
    if args.output is not None and not is_ome_zarr(args.output):
        endings = (*ENDINGS, ".ome.zarr")
        check_output(args.output, endings=endings, inputs=inputs, overwrite=args.overwrite)
    return inputs


def _show(progress: Progress) -> None:
    show("" if progress.fraction >= 1 else f"{progress.fraction:4.0%} {progress.message}")
