"""The image of a command, and what its channels show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from ..data import Role, Sample


def read_with_roles(path: Path, roles: str | None) -> tuple[Sample, tuple[Role, ...]]:
    """Read an image.

    Parameters
    ----------
    path
        Image file.
    roles
        One for each channel, separated by commas; None for a guess.

    Raises
    ------
    InputError
        If the file can't be read, or the roles don't fit it.
    """
    from ..data import ROLES
    from ..data.images import read_image

    sample = read_image(path)
    if roles is None:
        return sample, sample.roles
    given = [part.strip() for part in roles.split(",")]
    if unknown := [role for role in given if role not in ROLES]:
        raise InputError(f"No role {unknown[0]!r}; there are: {', '.join(ROLES)}.")
    count = len(sample.roles)
    if len(given) != count:
        raise InputError(f"The image has {count} channels: give {count} roles, not {len(given)}.")
    return sample, tuple(ROLES[ROLES.index(role)] for role in given)
