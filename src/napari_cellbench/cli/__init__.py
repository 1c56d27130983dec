"""`cellbench`: the same jobs without a window, one module a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import __version__
from ..errors import CellbenchError, EngineError
from . import checkpoints, compare, demo, methods, predict, score


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
    for name, module, text in (
        ("demo", demo, "segment and score a real image in napari"),
        ("methods", methods, "list the methods, and where they run"),
        ("checkpoints", checkpoints, "list and download the checkpoints"),
        ("predict", predict, "segment an image file"),
        ("compare", compare, "run many methods on an image, and report"),
        ("score", score, "score a label image against the truth"),
    ):
        module.add_arguments(commands.add_parser(name, help=text))
    return parser
