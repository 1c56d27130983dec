"""`cellbench corrections`: sets of corrected images to train on."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .failures import INCOMPLETE
from .input import add_image_arguments, read_with_roles
from .terminal import say, warn

if TYPE_CHECKING:
    from ..corrections.collection import CorrectionSet
    from ..data import Target

FORMS = ("cellpose", "stardist", "coco")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    adding = actions.add_parser("add", help="an image, or a region of it, with its checked labels")
    adding.add_argument("set", type=Path, metavar="SET", help="folder of the set; made where new")
    adding.add_argument("image", type=Path, metavar="IMAGE")
    adding.add_argument("labels", type=Path, metavar="LABELS", help="the image's corrected labels")
    adding.add_argument(
        "--region",
        type=int,
        nargs=4,
        metavar=("Y", "X", "HEIGHT", "WIDTH"),
        help="what was checked, in pixels; left out: all of it",
    )
    adding.add_argument("--target", choices=("nucleus", "whole_cell"), help="what is outlined")
    adding.add_argument(
        "--split", choices=("train", "val"), help="left out: every fifth image is measured on"
    )
    adding.add_argument("--licence", default="", help="what may be done with it, in your words")
    add_image_arguments(adding)
    adding.set_defaults(command=_add)
    for name, action, text in (
        ("list", _list, "the images of a set"),
        ("check", _check, "whether all files are there and fit"),
    ):
        one = actions.add_parser(name, help=text)
        one.add_argument("set", type=Path, metavar="SET", help="folder of the set")
        one.add_argument("--json", action="store_true", help="print one JSON object")
        one.set_defaults(command=action)
    removing = actions.add_parser("remove", help="take an image out, and delete its files")
    removing.add_argument("set", type=Path, metavar="SET", help="folder of the set")
    removing.add_argument("name", metavar="NAME", help="see `list`")
    removing.set_defaults(command=_remove)
    exporting = actions.add_parser("export", help="as another program's training data")
    exporting.add_argument("set", type=Path, metavar="SET", help="folder of the set")
    exporting.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder to make")
    exporting.add_argument("--format", choices=FORMS, required=True)
    exporting.set_defaults(command=_export)


def _add(args: argparse.Namespace) -> int:
    from ..corrections.collection import CorrectionSet
    from ..data.roles import outlined
    from ..data.truth_files.reading import read_instances

    sample, roles = read_with_roles(args)
    for note in sample.notes:
        warn(f"note: {note}")
    target: Target = args.target or outlined(roles)
    truth = read_instances(args.labels, sample.shape)
    entry = CorrectionSet(args.set).add(
        replace(sample, truth={target: truth}),
        target,
        region=tuple(args.region) if args.region else None,
        split=args.split,
        source=args.image.name,
        licence=args.licence,
    )
    what = "to learn from" if entry.split == "train" else "to measure on"
    say(f"{entry.name}: {entry.cells} cells ({entry.target}), {what}, shows {', '.join(roles)}")
    return 0


def _list(args: argparse.Namespace) -> int:
    entries = _set(args.set).entries
    if args.json:
        say(json.dumps([asdict(entry) for entry in entries], indent=2))
        return 0
    for entry in entries:
        say(f"{entry.split:<6}{entry.cells:>7,} cells  {','.join(entry.roles):<20} {entry.name}")
    cells = sum(entry.cells for entry in entries)
    held = sum(entry.split == "val" for entry in entries)
    say(f"{len(entries)} images, {cells:,} cells; {held} are only measured on.")
    return 0


def _check(args: argparse.Namespace) -> int:
    problems = _set(args.set).check()
    if args.json:
        say(json.dumps({"set": str(args.set), "ok": not problems, "problems": problems}, indent=2))
    else:
        for problem in problems:
            say(problem)
        if not problems:
            say("All files are there and fit.")
    return INCOMPLETE if problems else 0


def _remove(args: argparse.Namespace) -> int:
    _set(args.set).remove(args.name)
    say(f"Removed {args.name}.")
    return 0


def _export(args: argparse.Namespace) -> int:
    from ..corrections.handing_out import export

    _set(args.set)
    count = export(args.set, args.to, args.format)
    say(f"{count} images for {args.format}: {args.to}")
    return 0


def _set(folder: Path) -> CorrectionSet:
    from ..corrections.collection import CorrectionSet
    from ..data.readers.correction_set import MANIFEST

    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} is no set of corrected images: there is no {MANIFEST} in it.")
    return CorrectionSet(folder)
