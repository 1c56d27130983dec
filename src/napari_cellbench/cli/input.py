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
        "--series",
        type=int,
        metavar="N",
        help="which image, position or scene of a file that holds several, from 0",
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
    from ..data.images import read_image
    from ..data.ome_zarr import is_zarr
    from ..data.readers.planes import open_planes

    if is_zarr(args.image):
        planes = open_planes(args.image, args.series, args.axes)
        if len(planes) > 1:
            raise InputError(f"{args.image.name} holds {len(planes):,} planes: give one of them.")
        sample = planes[0]
    else:
        sample = read_image(args.image, args.series, args.axes)
    sample = with_given_roles(args, sample)
    return sample, sample.roles


def with_given_roles(args: argparse.Namespace, sample: Sample) -> Sample:
    """Return a sample with the roles that the person gave; see `with_roles`."""
    from ..data.roles import with_roles

    given = None if args.roles is None else [part.strip() for part in args.roles.split(",")]
    return with_roles(sample, given)
