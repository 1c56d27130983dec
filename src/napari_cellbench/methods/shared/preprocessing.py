"""Intensities before a network sees them; what the systematic evaluation did is `prepare`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...data.statistics import Statistics
from ..base import Tiling

Preprocessing = Literal[
    "percentiles + CLAHE", "percentiles", "as Mesmer", "minimum and maximum", "none"
]
PREPROCESSINGS: tuple[Preprocessing, ...] = get_args(Preprocessing)

LOW, HIGH = 0.1, 99.9
"""Percentiles that become 0 and 1 in the systematic evaluation."""
WINDOW, STEP = 256, 192
"""Side of its windows and their distance, in pixels."""
KERNEL = 128
"""Side in pixels of CLAHE's regions, as in the preprocessing of Mesmer, which it followed."""


def windows(size: int = WINDOW) -> Tiling:
    """Cut images into windows that overlap by a quarter, as the systematic evaluation did."""
    return Tiling(size, overlap=size - size * STEP // WINDOW)


def prepare(
    image: NDArray[Any],
    channels: Sequence[int],
    statistics: Statistics,
    how: Preprocessing,
    joint: bool = False,
) -> NDArray[np.float32]:
    """Bring intensities to 0..1.

    Percentiles are those of the whole image, so that all its windows are alike.

    Parameters
    ----------
    image : (C, Y, X)
        Raw intensities.
    channels
        Those to take.
    statistics
        Of the whole image.
    how
        "percentiles": 0.1 and 99.9 % become 0 and 1, what lies beyond is cut off. "percentiles +
        CLAHE": then contrast-limited adaptive histogram equalisation of each channel. "as Mesmer":
        the smallest value and the 99.9 % of those above 0, then CLAHE. "minimum and maximum":
        those of the whole image. "none": integers are divided by the largest of their type;
        others stay as they are.
    joint
        One pair of percentiles for all channels, which keeps colours.

    Returns
    -------
    (len(channels), Y, X) float32
    """
    if how == "none":
        taken = image[list(channels)]
        largest = np.iinfo(taken.dtype).max if taken.dtype.kind in "iu" else 1
        return (taken / largest).astype(np.float32)
    if how == "as Mesmer":
        ends = [(0.0, _high_of_signal(statistics, c)) for c in channels]
    else:
        ends = [(0.0, 100.0) if how == "minimum and maximum" else (LOW, HIGH)] * len(channels)
    if len(set(ends)) == 1:
        scaled = normalise(image, channels, statistics, *ends[0], joint).clip(0, 1)
    else:
        pairs = zip(channels, ends, strict=True)
        alone = [normalise(image, [c], statistics, *end, False) for c, end in pairs]
        scaled = np.concatenate(alone).clip(0, 1)
    return equalised(scaled) if how in ("percentiles + CLAHE", "as Mesmer") else scaled


def equalised(scaled: NDArray[np.float32]) -> NDArray[np.float32]:
    """Even out the contrast of each channel by CLAHE, as in the preprocessing of Mesmer.

    Parameters
    ----------
    scaled : (C, Y, X) float32
        In 0..1.

    Returns
    -------
    (C, Y, X) float32
        A flat channel stays as it is: equalisation would turn it into 0/0.
    """
    if not scaled.size:
        return scaled
    from skimage.exposure import equalize_adapthist

    kernel = [min(KERNEL, length) for length in scaled.shape[1:]]
    planes = [
        equalize_adapthist(plane, kernel).astype(np.float32) if np.ptp(plane) else plane
        for plane in scaled
    ]
    return np.stack(planes)


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


def _high_of_signal(statistics: Statistics, channel: int) -> float:
    """Return which percentile of all pixels is the 99.9 % of those above 0 (Greenwald 2022)."""
    steps = np.linspace(0, 100, 2**16 + 1)
    dark = int(np.searchsorted(statistics.percentiles(steps, channel), 0, "right"))
    return float(HIGH + (100 - HIGH) * (steps[dark - 1] / 100 if dark else 0))


def _range(
    statistics: Statistics, low: float, high: float, channel: int | None
) -> tuple[float, float]:
    bottom, top = (statistics.percentile(q, channel) for q in (low, high))
    return bottom, top if top > bottom else statistics.percentile(100, channel)
