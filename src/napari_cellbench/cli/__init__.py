"""`cellbench`: the same jobs without a window, one module a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import __version__
from . import (
    check_method,
    checkpoints,
    compare,
    completion,
    corrections,
    demo,
    environments,
    evaluate,
    methods,
    predict,
    ranking,
    report,
    runs,
    score,
    terminal,
    train,
    train_matrix,
)
from .failures import explain
from .parser import Parser
from .stopping import Stopping


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Whatever happens, the person reads sentences and no traceback.

    Parameters
    ----------
    arguments
        Those after ``cellbench``; None for those of the process, which ends after this.

    Returns
    -------
    int
        The exit status: 0; 1 if only a part of what was asked for could be done; 2 for what the
        user can mend; 3 if the method isn't installed; 70 for an error of ours or of a method; 128
        and a signal's number if it was stopped: 130 after Ctrl-C, 141 if nobody listens to what is
        printed any more.
    """
    stopping = Stopping()
    terminal.prepare()
    given = sys.argv[1:] if arguments is None else arguments
    try:
        with stopping.watched(to_the_end=arguments is None), terminal.telling():
            status = _run(given)
    except KeyboardInterrupt:
        terminal.warn("cellbench: stopped")
        status = 128 + stopping.number
    except BrokenPipeError as error:
        terminal.lose(error)
        status = 0
    except Exception as error:
        said, status = explain(error, given)
        terminal.warn(f"cellbench: {said}")
    return terminal.finish(status)


def _run(arguments: Sequence[str]) -> int:
    try:
        args = _parser().parse_args(arguments)
    except SystemExit as end:
        # The parser has printed help, or what is wrong.
        return end.code if isinstance(end.code, int) else 2
    status: int | None = args.command(args)
    return status or 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="cellbench", description="Cell segmentation workbench")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module, text in (
        ("demo", demo, "segment and score a real image in napari"),
        ("methods", methods, "list the methods, and where they run"),
        ("environments", environments, "make and remove the environments of methods"),
        ("checkpoints", checkpoints, "list and download the checkpoints"),
        ("predict", predict, "segment images"),
        ("compare", compare, "run many methods on an image, and report"),
        ("score", score, "score a label image against the truth"),
        ("evaluate", evaluate, "run methods on whole data sets, and score each image and cell"),
        ("report", report, "tables, figures and a page of an evaluation, also while it runs"),
        ("ranking", ranking, "rank methods as the systematic evaluation does"),
        ("corrections", corrections, "collect corrected images to train on"),
        ("train", train, "fine-tune a method, in the background if wanted"),
        ("train-matrix", train_matrix, "train methods by tasks by tissues, one run each"),
        ("runs", runs, "list, follow, stop and resume training runs"),
        ("check-method", check_method, "check that a method keeps the contract"),
    ):
        module.add_arguments(commands.add_parser(name, help=text))
    shells = commands.add_parser("completion", help="print what a shell completes commands with")
    completion.add_arguments(shells, parser)
    return parser
