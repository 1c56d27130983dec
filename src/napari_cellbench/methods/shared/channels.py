"""Which channels of an image a network sees."""

from __future__ import annotations

from collections.abc import Sequence

from ...data import Role, Sample, Target
from ...data.sample import RGB
from ...errors import InputError

GREY: tuple[Role, ...] = ("nucleus", "whole_cell", "phase")
"""What a network of one channel is shown, the first that the image has."""
DUAL: tuple[Role, ...] = ("nucleus", "whole_cell")
"""What a network of two channels is shown."""


def choose_channels(
    roles: Sequence[Role], needed: Sequence[Role], asked: str = "auto"
) -> list[int]:
    """Choose the channels for a network.

    Parameters
    ----------
    roles
        What each channel of the image shows.
    needed
        What the network takes; empty for one channel of which nothing is known.
    asked
        The role to take for a network of one channel, or "auto".

    Returns
    -------
    list of int
        As many as are needed, or one.

    Raises
    ------
    InputError
        If the image has not got them.
    """
    if len(needed) > 1:
        if set(needed) <= set(roles):
            return [roles.index(role) for role in needed]
        raise InputError(_explain(", ".join(needed), roles))
    if len(roles) == 1 and asked == "auto":
        return [0]
    wanted: Sequence[str] = (needed or GREY) if asked == "auto" else (asked,)
    for place, role in enumerate(roles):
        if role == next((one for one in wanted if one in roles), None):
            return [place]
    raise InputError(_explain(" or ".join(wanted), roles))


def roles_to_learn(samples: Sequence[Sample], target: Target) -> tuple[Role, ...]:
    """Choose what a new network is to see: colours, two stains, or one channel."""
    has = samples[0].roles
    for roles in (RGB, DUAL):
        if set(roles) <= set(has):
            return roles
    return next(((role,) for role in (target, *GREY) if role in has), has[:1])


def _explain(wanted: str, roles: Sequence[Role]) -> str:
    return (
        f"This checkpoint takes {wanted}, but the image has {', '.join(roles) or 'no channels'}. "
        "Choose a checkpoint that fits, or name the channels."
    ).replace("_", " ")
