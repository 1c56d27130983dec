"""`cellbench predict`: segment image files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from .input import read_with_roles


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("image", type=Path)
    parser.add_argument("--method", required=True, help="see `cellbench methods`")
    parser.add_argument("--checkpoint", help="key or file; left out: the bundled one that fits")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--roles", help="what the channels show, such as nucleus,whole_cell")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--python", type=Path, help="interpreter of the environment to run it in")
    parser.add_argument(
        "--output", type=Path, required=True, help=".tif, .json, .geojson, .zip or _seg.npy"
    )
    parser.set_defaults(command=_predict)


def _predict(args: argparse.Namespace) -> None:
    from ..data.source import Source
    from ..data.writers import write_labels
    from ..engine import Engine, segment
    from ..engine.environments import interpreter

    sample, roles = read_with_roles(args.image, args.roles)
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
            progress=_show if sys.stderr.isatty() else lambda _: None,
            python=interpreter(args.python) if args.python else None,
        )
    finally:
        engine.release()
    write_labels(
        args.output, found.instances, provenance=found.provenance, pixel_size=sample.pixel_size
    )
    seconds = found.provenance["seconds"]
    print(f"{len(found.instances)} objects in {seconds:.1f} s: {args.output}")


def _parameters(pairs: Sequence[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"Write --param NAME=VALUE, not {pair!r}.")
        values[name] = value
    return values


def _show(progress: Any) -> None:
    print(f"\r{progress.fraction:4.0%} {progress.message:<60}", end="", file=sys.stderr, flush=True)
    if progress.fraction >= 1:
        print(file=sys.stderr)
