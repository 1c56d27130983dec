"""`cellbench`: the same jobs without a window."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__, cli_compare
from .cli_checkpoints import add_commands
from .cli_input import read_with_roles
from .cli_methods import add_arguments
from .errors import CellbenchError, EngineError, InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        The exit status: 0; 1 if only a part of what was asked for could be done; 2 for what the
        user can mend; 130 if it was stopped.
    """
    args = _parser().parse_args(arguments)
    try:
        return args.command(args) or 0
    except CellbenchError as error:
        print(f"cellbench: {error}", file=sys.stderr)
        if isinstance(error, EngineError) and error.details:
            print(error.details, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("cellbench: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cellbench", description="Cell segmentation workbench")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="segment and score a real image in napari")
    demo.add_argument("--headless", action="store_true", help="no window: save picture and table")
    demo.add_argument("--output", type=Path, help="folder for the picture and the table")
    demo.set_defaults(command=_demo)

    add_arguments(commands.add_parser("methods", help="list the methods, and where they run"))

    add_commands(commands.add_parser("checkpoints", help="list and download the checkpoints"))

    predict = commands.add_parser("predict", help="segment an image file")
    predict.add_argument("image", type=Path)
    predict.add_argument("--method", required=True, help="see `cellbench methods`")
    predict.add_argument("--checkpoint", help="key or file; left out: the bundled one that fits")
    predict.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    predict.add_argument("--roles", help="what the channels show, such as nucleus,whole_cell")
    predict.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    predict.add_argument("--python", type=Path, help="interpreter of the environment to run it in")
    predict.add_argument(
        "--output", type=Path, required=True, help=".tif, .json, .geojson, .zip or _seg.npy"
    )
    predict.set_defaults(command=_predict)

    cli_compare.add_arguments(
        commands.add_parser("compare", help="run many methods on an image, and report")
    )

    score = commands.add_parser("score", help="score a label image against the truth")
    score.add_argument("truth", type=Path)
    score.add_argument("prediction", type=Path)
    score.add_argument("--json", action="store_true")
    score.set_defaults(command=_score)
    return parser


def _demo(args: argparse.Namespace) -> None:
    from .display import needs_virtual_display, run_under_xvfb

    if needs_virtual_display():
        output = args.output or Path("demo_output")
        run_under_xvfb(["demo", "--headless", "--output", str(output)])
        return
    from .widgets.demo import run_demo

    output = args.output or Path("demo_output")
    run_demo(output, print, headless=args.headless)
    print(f"The picture, the table and the labels are in {output}.")


def _predict(args: argparse.Namespace) -> None:
    from .data.source import Source
    from .data.writers import write_labels
    from .engine import Engine, segment
    from .engine.environments import interpreter

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


def _score(args: argparse.Namespace) -> None:
    from .data.images import read_labels
    from .scoring import score

    result = score(read_labels(args.truth), read_labels(args.prediction)).to_dict()
    if args.json:
        print(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        if isinstance(value, list):
            print(f"{name:<14}" + " ".join("   nan" if v is None else f"{v:6.3f}" for v in value))
        else:
            print(f"{name:<14}" + ("nan" if value is None else f"{value:.4g}"))


if __name__ == "__main__":
    sys.exit(main())
