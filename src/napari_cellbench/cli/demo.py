"""`cellbench demo`: the main job on a real image."""

from __future__ import annotations

import argparse
from pathlib import Path

from .terminal import say

FILES = ("demo.png", "demo_score.json", "demo_score.md", "demo_labels.tif")
"""What `widgets.demo.run_demo` writes; importing that would open a window system."""

FOLDER = "demo_output"
"""Where the files go if nobody says; a number is added where it is there already."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("--headless", action="store_true", help="no window: save picture and table")
    parser.add_argument("--output", type=Path, help="folder for the picture and the table")
    parser.add_argument("--overwrite", action="store_true", help="replace files of the output")
    parser.set_defaults(command=_demo)


def _demo(args: argparse.Namespace) -> None:
    from ..display import needs_virtual_display, run_under_xvfb
    from ..files.outputs import check_outputs

    output = args.output or _free_folder()
    check_outputs(output, FILES, overwrite=args.overwrite)
    if needs_virtual_display():
        more = ["--overwrite"] if args.overwrite else []
        run_under_xvfb(["demo", "--headless", "--output", str(output), *more])
        return
    from ..widgets.demo import run_demo

    run_demo(output, say, headless=args.headless)
    say(f"The picture, the table and the labels are in {output}.")


def _free_folder() -> Path:
    folder, number = Path(FOLDER), 2
    while folder.exists():
        folder, number = Path(f"{FOLDER}_{number}"), number + 1
    return folder
