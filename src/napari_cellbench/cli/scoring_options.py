"""What `score` and `compare` have in common: the truth, and which objects count."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..compare.tabulate import Truth
    from ..scoring.selection import Selection

SPLIT = ("ids", "components")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Let the person say which objects count, and what the truth's are."""
    parser.add_argument(
        "--leave-out-edge",
        type=int,
        default=0,
        metavar="PIXELS",
        help="leave out objects within so many pixels of the edge; NeurIPS 2022 has 2",
    )
    parser.add_argument(
        "--smallest", type=int, default=0, metavar="PIXELS", help="leave out smaller objects"
    )
    parser.add_argument("--largest", type=int, metavar="PIXELS", help="leave out larger objects")
    add_splitting(parser, "truth")


def add_splitting(parser: argparse.ArgumentParser, side: str) -> None:
    """Let the person say whether a mask has ids."""
    parser.add_argument(
        f"--binary-{side}",
        choices=SPLIT,
        default=SPLIT[0],
        help="whether values are ids, or connected components of what isn't 0 are objects",
    )


def selection_of(args: argparse.Namespace) -> Selection:
    """Return what is left out."""
    from ..scoring.selection import Selection

    return Selection(args.leave_out_edge, args.smallest, args.largest)


def read_truth(args: argparse.Namespace, shape: tuple[int, int]) -> tuple[Truth, tuple[str, ...]]:
    """Read an image's truth, and what was noted on the way.

    Raises
    ------
    InputError
        If it can't be read, or has another size than the image.
    """
    from ..compare.tabulate import Truth
    from ..data.truth_files.reading import read_annotated
    from ..scoring.overlap import check_shapes
    from ..scoring.pieces import components, split_note

    found = read_annotated(args.truth, shape)
    objects, notes = found.instances, found.notes
    check_shapes(objects.shape, shape)
    if args.binary_truth == "components":
        objects = components(objects.to_labels())
        notes = (*notes, split_note("truth", len(objects)))
    return Truth(args.truth.name, (objects,), (found.crowds,), selection_of(args)), notes
