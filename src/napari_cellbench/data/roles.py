"""What a person says that the channels show counts more than what they look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import InputError, did_you_mean
from .kind import kind_by_roles
from .sample import RGB, ROLES, Role, Sample, Target


def outlined(roles: Sequence[Role]) -> Target:
    """Return what labels outline where nobody says it.

    Cells show in phase contrast and in a membrane stain; else there are only nuclei to outline.
    """
    return "whole_cell" if "phase" in roles or "whole_cell" in roles else "nucleus"


def with_roles(sample: Sample, given: Sequence[str] | None) -> Sample:
    """Return a sample with the roles that a person gives, and the kind that follows from them.

    Parameters
    ----------
    sample
        An image.
    given
        A role for each channel; None leaves the sample as it is.

    Raises
    ------
    InputError
        If there is no such role, or there aren't as many channels.
    """
    if given is None:
        return sample
    if unknown := [role for role in given if role not in ROLES]:
        hint = did_you_mean(unknown[0], ROLES)
        raise InputError(f"No role {unknown[0]!r}; there are: {', '.join(ROLES)}.{hint}")
    count = len(sample.roles)
    if len(given) != count:
        raise InputError(f"The image has {count} channels: give {count} roles, not {len(given)}.")
    roles = tuple(ROLES[ROLES.index(role)] for role in given)
    return replace(sample, roles=roles, kind=kind_by_roles(roles, sample.kind))


def with_channels(sample: Sample, roles: Sequence[Role]) -> Sample:
    """Return the sample with the channels of some roles alone, in that order.

    Raises
    ------
    InputError
        If it lacks one.
    """
    if sample.roles == tuple(roles):
        return sample
    lacking = [role for role in roles if role not in sample.roles]
    if lacking:
        raise InputError(
            f"{sample.name} has no {' and no '.join(lacking)} channel, which is asked for; it has "
            f"{', '.join(sample.roles)}."
        )
    order = [sample.roles.index(role) for role in roles]
    # What it shows was told by all of its channels.
    return replace(sample, image=sample.image[order], roles=tuple(roles), kind=None)


def in_colour(samples: Sequence[Sample]) -> list[Sample]:
    """Return samples with the grey ones in colour, where others are in colour.

    A data set of colour images may have some that are grey: of these one channel is read, and what
    it shows nobody knows. Beside colour images they are colour images with three equal channels.
    """
    if not any(set(RGB) <= set(sample.roles) for sample in samples):
        return list(samples)
    return [
        replace(sample, image=np.repeat(sample.image, 3, axis=0), roles=RGB)
        if sample.roles == ("other",)
        else sample
        for sample in samples
    ]
