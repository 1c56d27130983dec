"""Microscopy images as the photographs that Segment Anything was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Role
from ...data.sample import RGB
from ...data.statistics import Statistics
from ...errors import InputError

PERCENTILES = np.array([0.1, 99.9])
"""Of the whole image; they become black and white."""


def to_photograph(
    image: NDArray[Any], roles: Sequence[Role], statistics: Statistics
) -> NDArray[np.uint8]:
    """Turn an image of one to three channels into red, green and blue.

    One channel becomes grey. Of two, nucleus and whole cell, the nucleus becomes blue and the
    other one green, as microscopists show them. Three are taken for red, green and blue; if their
    roles say that they are, all have the same black and white, which keeps the hue.

    Parameters
    ----------
    image : (C, Y, X) array
        Raw intensities of any real dtype.
    roles
        What each channel shows.
    statistics
        Percentiles of the whole image.

    Returns
    -------
    (Y, X, 3) uint8
        Channels without contrast are black.

    Raises
    ------
    InputError
        If there are more than three channels.
    """
    if len(image) > 3:
        raise InputError(
            f"Segment Anything takes up to 3 channels, the image has {len(image)}: choose those "
            "that show the cells best."
        )
    if set(RGB) <= set(roles):
        ends = [statistics.percentiles(PERCENTILES)] * 3
        order: list[int | None] = [roles.index(colour) for colour in RGB]
    else:
        ends = [statistics.percentiles(PERCENTILES, c) for c in range(len(image))]
        nucleus = 1 if roles[-1] == "nucleus" else 0
        orders: dict[int, list[int | None]]
        orders = {1: [0, 0, 0], 2: [None, 1 - nucleus, nucleus], 3: [0, 1, 2]}
        order = orders[len(image)]
    out = np.zeros((*image.shape[1:], 3), np.uint8)
    for colour, channel in enumerate(order):
        if channel is not None:
            out[..., colour] = _stretch(image[channel], *ends[channel])
    return out


def _stretch(plane: NDArray[Any], black: float, white: float) -> NDArray[np.uint8]:
    if white <= black:
        return np.zeros(plane.shape, np.uint8)
    # float64: values of 4 bytes and more are not exact in float32.
    share = np.clip((plane.astype(np.float64) - black) / (white - black), 0, 1)
    return np.round(255 * share).astype(np.uint8)
