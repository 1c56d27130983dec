"""From the channels of a microscopy image to what a StarDist network was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ...errors import InputError

GREY: tuple[Role, ...] = ("nucleus", "whole_cell", "phase")
"""What a one-channel network is given, the first that the image has."""


def choose_channels(roles: Sequence[Role], wanted: int) -> list[int]:
    """Choose the channels for a network that takes `wanted` of them.

    One: the nucleus, else the whole cell, else phase, else the only channel; a colour image gives
    all three, for the predictor to make grey. Two: nucleus and whole cell. Three: red, green, blue.
    More: all channels in order, if there are as many.

    Raises
    ------
    InputError
        If the image has not got them.
    """
    has = f"the image has {', '.join(roles) or 'none'}"
    if wanted == 1:
        for role in GREY:
            if role in roles:
                return [roles.index(role)]
        if len(roles) == 1:
            return [0]
        if set(RGB) <= set(roles):
            return [roles.index(role) for role in RGB]
        raise InputError(
            f"This StarDist checkpoint takes one channel, but {has}. "
            "Say which one shows the nuclei or the cells."
        )
    if wanted > 3:
        if len(roles) == wanted:
            return list(range(wanted))
        raise InputError(f"This StarDist checkpoint takes {wanted} channels, but {has}.")
    needed: tuple[Role, ...] = ("nucleus", "whole_cell") if wanted == 2 else RGB
    if not set(needed) <= set(roles):
        kind = "two channels, nucleus and whole cell" if wanted == 2 else "colour images (RGB)"
        raise InputError(
            f"This StarDist checkpoint takes {kind}, but {has}. "
            "Choose a checkpoint that fits, or name the channels."
        )
    return [roles.index(role) for role in needed]


def normalise(
    image: NDArray[Any],
    channels: Sequence[int],
    statistics: Statistics,
    low: float,
    high: float,
    joint: bool,
) -> NDArray[np.float32]:
    """Map two percentiles of the intensities to 0 and 1, as ``csbdeep.utils.normalize`` does.

    Where both percentiles are equal (few objects on an even background) the largest value takes
    the place of the upper one; csbdeep would divide by 1e-20.

    Parameters
    ----------
    image : (C, Y, X)
        Raw intensities.
    channels
        Those to take.
    statistics
        Of the whole image.
    low, high
        Percentiles, 0..100.
    joint
        One pair of percentiles for all channels, which keeps colours.

    Returns
    -------
    (len(channels), Y, X) float32
    """
    # Statistics know one channel or all; the joint range of some is the widest of theirs.
    whole = joint and len(channels) == len(image)
    ranges = [_range(statistics, low, high, c) for c in ([None] if whole else channels)]
    if joint:
        bottoms, tops = zip(*ranges, strict=True)
        ranges = [(min(bottoms), max(tops))] * len(channels)
    # csbdeep computes in float32, which 8-byte values may not fit into.
    dtype = np.float64 if image.dtype.itemsize > 4 else np.float32
    out = np.empty((len(channels), *image.shape[1:]), np.float32)
    for plane, channel, (bottom, top) in zip(out, channels, ranges, strict=True):
        black = dtype(bottom)
        span = dtype(top) - black
        with np.errstate(over="ignore"):  # an outlier of 1e300 becomes infinite
            plane[:] = (image[channel].astype(dtype) - black) / (span if span > 0 else 1)
    return out


def _range(
    statistics: Statistics, low: float, high: float, channel: int | None
) -> tuple[float, float]:
    bottom, top = (statistics.percentile(q, channel) for q in (low, high))
    return bottom, top if top > bottom else statistics.percentile(100, channel)
