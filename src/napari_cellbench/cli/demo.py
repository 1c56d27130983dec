"""`cellbench demo`: the main job on a real image."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("--headless", action="store_true", help="no window: save picture and table")
    parser.add_argument("--output", type=Path, help="folder for the picture and the table")
    parser.set_defaults(command=_demo)


def _demo(args: argparse.Namespace) -> None:
    from ..display import needs_virtual_display, run_under_xvfb

    if needs_virtual_display():
        output = args.output or Path("demo_output")
        run_under_xvfb(["demo", "--headless", "--output", str(output)])
        return
    from ..widgets.demo import run_demo

    output = args.output or Path("demo_output")
    run_demo(output, print, headless=args.headless)
    print(f"The picture, the table and the labels are in {output}.")
