"""The image of a command, and what its channels show."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from ..data import Role, Sample


def add_image_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe how an image is read: which of the file's, its axes, and what its channels show."""
    parser.add_argument("--roles", help="what the channels show, such as nucleus,whole_cell")
    parser.add_argument(
        "--series", type=int, metavar="N", help="which image of a TIFF that holds several, from 0"
    )
    parser.add_argument(
        "--axes", help="a letter for each axis of a TIFF that names them wrongly, such as CYX"
    )


def read_with_roles(args: argparse.Namespace) -> tuple[Sample, tuple[Role, ...]]:
    """Read the image of a command that has the arguments of `add_image_arguments`.

    What the user says of the channels counts more than what they look like: the sample's kind is
    then what follows from it.

    Parameters
    ----------
    args
        ``image`` names the file; ``roles`` has one for each channel, separated by commas, or is
        None for a guess.

    Raises
    ------
    InputError
        If the file can't be read, or the roles don't fit it.
    """
    from dataclasses import replace

    from ..data import ROLES
    from ..data.images import read_image
    from ..data.kind import kind_by_roles

    sample = read_image(args.image, args.series, args.axes)
    if args.roles is None:
        return sample, sample.roles
    given = [part.strip() for part in args.roles.split(",")]
    if unknown := [role for role in given if role not in ROLES]:
        raise InputError(f"No role {unknown[0]!r}; there are: {', '.join(ROLES)}.")
    count = len(sample.roles)
    if len(given) != count:
        raise InputError(f"The image has {count} channels: give {count} roles, not {len(given)}.")
    roles = tuple(ROLES[ROLES.index(role)] for role in given)
    return replace(sample, kind=kind_by_roles(roles, sample.kind)), roles
