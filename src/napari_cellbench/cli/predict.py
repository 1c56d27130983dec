"""`cellbench predict`: segment image files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .input import add_image_arguments, read_with_roles
from .saving import save_labels
from .terminal import say, show, warn

if TYPE_CHECKING:
    from ..engine.job import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("image", type=Path)
    parser.add_argument("--method", required=True, help="see `cellbench methods`")
    parser.add_argument("--checkpoint", help="key or file; left out: the bundled one that fits")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    add_image_arguments(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--python", type=Path, help="interpreter of the environment to run it in")
    parser.add_argument(
        "--output", type=Path, required=True, help=".tif, .json, .geojson, .zip or _seg.npy"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the output's file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_predict)


def _predict(args: argparse.Namespace) -> None:
    from ..data.companions import truth_beside
    from ..data.source import Source
    from ..data.writers import ENDINGS
    from ..engine import Engine, segment
    from ..engine.environments import interpreter
    from ..files.outputs import check_output, check_room

    named = [args.image, *truth_beside(args.image), args.checkpoint, args.python]
    inputs = [path for path in named if path]
    check_output(args.output, endings=ENDINGS, inputs=inputs, overwrite=args.overwrite)
    sample, roles = read_with_roles(args)
    check_room(args.output, sample.image[0].size)
    told = [] if args.json else list(sample.notes)
    for note in told:
        warn(f"note: {note}")
    engine = Engine()
    try:
        found = segment(
            engine,
            Source.of(sample.image),
            roles,
            args.method,
            args.checkpoint,
            _parameters(args.param),
            args.device,
            image=args.image.name,
            progress=_show,
            python=interpreter(args.python) if args.python else None,
        )
        # First of all: what comes after it may fail.
        save_labels(args.output, found, sample.pixel_size, inputs=inputs, overwrite=args.overwrite)
    finally:
        engine.release()
    record = found.provenance
    notes = list(dict.fromkeys((*sample.notes, *record.get("notes", ()))))
    if args.json:
        about = {
            "image": str(args.image),
            "output": str(args.output),
            "method": record["method"],
            "checkpoint": record["checkpoint"],
            "objects": len(found.instances),
            "seconds": record["seconds"],
            "roles": record["roles"],
            **({"kind": record["kind"]} if "kind" in record else {}),
            "notes": notes,
        }
        say(json.dumps(about, indent=2, default=str))
        return
    for note in notes:
        if note not in told:
            warn(f"note: {note}")
    say(f"{len(found.instances)} objects in {record['seconds']:.1f} s: {args.output}")


def _parameters(pairs: Sequence[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"Write --param NAME=VALUE, not {pair!r}.")
        values[name] = value
    return values


def _show(progress: Progress) -> None:
    show("" if progress.fraction >= 1 else f"{progress.fraction:4.0%} {progress.message}")
