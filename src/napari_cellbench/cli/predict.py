"""`cellbench predict`: segment image files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .input import add_image_arguments, read_with_roles
from .saving import save_labels
from .terminal import say, show, warn

if TYPE_CHECKING:
    from ..data import Role, Sample
    from ..engine.job import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("image", type=Path)
    parser.add_argument(
        "--method", help="see `cellbench methods`; left out: one that suits the kind of image"
    )
    parser.add_argument("--checkpoint", help="key or file; left out: the bundled one that suits")
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
    method, checkpoint, proposed, parameters = _chosen(args, sample, roles)
    given = [*sample.notes, *([proposed] if proposed else [])]
    told = [] if args.json else given
    for note in told:
        warn(f"note: {note}")
    engine = Engine()
    try:
        found = segment(
            engine,
            Source.of(sample.image),
            roles,
            method,
            checkpoint,
            parameters,
            args.device,
            image=args.image.name,
            progress=_show,
            python=interpreter(args.python) if args.python else None,
            kind=sample.kind,
            notes=given,
        )
        # First of all: what comes after it may fail.
        save_labels(args.output, found, sample.pixel_size, inputs=inputs, overwrite=args.overwrite)
    finally:
        engine.release()
    record = found.provenance
    notes = list(dict.fromkeys((*given, *record.get("notes", ()))))
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


def _chosen(
    args: argparse.Namespace, sample: Sample, roles: tuple[Role, ...]
) -> tuple[str, str | None, str, dict[str, Any]]:
    """Return method, checkpoint, why these if they are proposed, and parameters."""
    parameters: dict[str, Any] = dict(_parameters(args.param))
    if args.method is not None:
        return args.method, args.checkpoint, "", parameters
    from ..checkpoints import get_checkpoint
    from ..engine.environments import missing
    from ..methods.proposal import propose

    if args.checkpoint is not None:
        # A checkpoint of the catalogue tells its method.
        return get_checkpoint(args.checkpoint).method, args.checkpoint, "", parameters
    if sample.kind is None:
        raise InputError("Name a --method: what the image shows isn't known.")
    found = propose(sample.kind, roles, missing)
    return found.method, found.checkpoint, found.reason, {**found.parameters, **parameters}


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
