"""Which channels of an image MEDIAR sees, and in which range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ..shared.channels import choose_channels

CHANNELS = 3
"""That the network takes."""
HIGH = 99.5
"""Percentile of the pixels that aren't 0 which becomes white; the smallest becomes black."""
LEVELS = 255
"""Steps of grey that are told apart: the original's images are bytes by then."""
FIRST: tuple[Role, ...] = ("whole_cell", "phase", "nucleus")
"""What is shown of several stains to a network of which nothing is known."""
_RANKS = np.linspace(0, 100, 2**16 + 1)
"""Percentiles that stand for all pixels."""


def network_input(
    image: NDArray[Any],
    roles: Sequence[Role],
    statistics: Statistics,
    learnt: Sequence[Role] = (),
    asked: str = "auto",
) -> NDArray[np.float32]:
    """Choose and prepare what the network sees.

    Colours have one range together. One channel is shown three times. A network that was trained
    on two stains sees each in a range of its own, and nothing in the third place.

    Parameters
    ----------
    image : (C, Y, X)
        Raw intensities.
    roles
        What the channels show.
    statistics
        Of the whole image.
    learnt
        What the network was trained on; empty where unknown.
    asked
        The role of the one channel to show, or "auto".

    Returns
    -------
    (3, Y, X) float32
        In 0..1; channels without contrast are 0.

    Raises
    ------
    InputError
        If the image has not got the channels.
    """
    chosen = _choose(roles, learnt, asked)
    if len(chosen) == CHANNELS:
        whole = len(image) == CHANNELS
        ranges = [_range(statistics, c) for c in ([None] if whole else chosen)]
        lows, highs = zip(*ranges, strict=True)
        ends = [(min(lows), max(highs))] * CHANNELS
    else:
        ends = [_range(statistics, channel) for channel in chosen]
    out = np.zeros((CHANNELS, *image.shape[1:]), np.float32)
    for place, (channel, (low, high)) in enumerate(zip(chosen, ends, strict=True)):
        if high > low:
            with np.errstate(over="ignore"):  # an outlier of 1e300 becomes infinite
                scaled = (image[channel].astype(np.float64) - low) / (high - low)
            out[place] = np.floor(scaled.clip(0, 1) * LEVELS) / LEVELS
    return np.repeat(out[:1], CHANNELS, 0) if len(chosen) == 1 else out


def _choose(roles: Sequence[Role], learnt: Sequence[Role], asked: str) -> list[int]:
    if len(learnt) > 1:
        return choose_channels(roles, learnt)
    if not learnt and asked == "auto":
        if set(RGB) <= set(roles):
            return choose_channels(roles, RGB)
        if len(roles) > 1:
            asked = next((role for role in FIRST if role in roles), asked)
    return choose_channels(roles, learnt, asked)


def _range(statistics: Statistics, channel: int | None) -> tuple[float, float]:
    """Return the smallest value that isn't 0, and the percentile `HIGH` of all such."""
    curve = statistics.percentiles(_RANKS, channel)
    signal = curve[curve != 0]
    return (float(signal[0]), float(np.percentile(signal, HIGH))) if len(signal) else (0.0, 0.0)
