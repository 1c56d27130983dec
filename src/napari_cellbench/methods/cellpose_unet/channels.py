"""Which channels of an image the network sees, and in which range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role
from ...data.sample import RGB
from ...data.statistics import ExactStatistics, Statistics
from ...errors import InputError

PERCENTILES = (1.0, 99.0)


def network_input(
    image: NDArray[Any], roles: Sequence[Role], statistics: Statistics, count: int
) -> NDArray[np.float32]:
    """Choose and normalise channels as Cellpose 3 does.

    The first channel is what is to be segmented: whole cell, else phase contrast, else nucleus;
    colour images are averaged to grey. The second is the nucleus where the first is the whole
    cell or phase contrast, else empty.

    Parameters
    ----------
    image : (C, Y, X) array
    roles
        What each channel shows.
    statistics
        Percentiles of the whole image.
    count
        Channels that the network takes.

    Returns
    -------
    (Y, X, count) float32
        0 at the 1st percentile and 1 at the 99th; channels without contrast are 0.

    Raises
    ------
    InputError
        If there is no channel to segment.
    """
    out = np.zeros((*image.shape[1:], count), np.float32)
    for slot, chosen in enumerate(_choose(roles, count)):
        out[..., slot] = normalised(image, statistics, chosen)
    return out


def normalised(
    image: NDArray[Any], statistics: Statistics, channels: Sequence[int]
) -> NDArray[np.float32]:
    """Map the 1st and 99th percentile of the mean of channels to 0 and 1.

    Returns
    -------
    (Y, X) float32
        0 where there is no contrast.
    """
    chosen = image[list(channels)]
    plane = chosen.astype(np.float32).mean(0)
    low, high = _range(chosen, plane, [_ends(statistics, c) for c in channels])
    return (plane - low) / (high - low) if high > low else np.zeros_like(plane)


def _range(
    channels: NDArray[Any], mean: NDArray[np.float32], ends: list[tuple[float, float]]
) -> NDArray[np.float32]:
    """Return the percentiles of the mean of channels, of which each one's are known.

    The statistics know no sums of channels. Where `channels` are the whole image its mean tells;
    for a tile of a larger image, the mean of the channels' percentiles has to do.
    """
    if len(channels) > 1:
        own = ExactStatistics(channels)
        if ends == [_ends(own, c) for c in range(len(channels))]:
            ends = [_ends(ExactStatistics(mean[None]), 0)]
    return np.mean(ends, 0).astype(np.float32)


def _ends(statistics: Statistics, channel: int) -> tuple[float, float]:
    low, high = (statistics.percentile(q, channel) for q in PERCENTILES)
    return low, high


def _choose(roles: Sequence[Role], count: int) -> list[list[int]]:
    """Return, for each channel of the network, the image's channels to average."""
    if count > 2:
        if len(roles) != count:
            raise InputError(f"This checkpoint takes {count} channels; the image has {len(roles)}.")
        return [[c] for c in range(count)]
    if len(roles) == 1:
        return [[0]]
    if set(RGB) <= set(roles):
        return [[roles.index(colour) for colour in RGB]]
    first: Role
    for first in ("whole_cell", "phase", "nucleus"):
        if first in roles:
            chosen = [[roles.index(first)]]
            if count == 2 and first != "nucleus" and "nucleus" in roles:
                chosen.append([roles.index("nucleus")])
            return chosen
    raise InputError(
        f"Cellpose needs a whole cell, phase or nucleus channel; the image has {', '.join(roles)}."
    )
