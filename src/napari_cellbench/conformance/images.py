"""Small images that the checks run a method on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Role
from ..data.sample import RGB

SHAPE = (96, 128)
"""Height and width of the usual image, in pixels: no square, so that swapped axes are seen."""
RADIUS = 9
CENTRES = ((22, 20), (24, 62), (20, 104), (70, 24), (68, 66), (74, 106))
"""(y, x) of the discs in the usual image, in pixels."""
TISSUE, STAIN = (232, 214, 226), (96, 58, 140)
"""Background and nuclei of the image in colour, as red, green and blue."""


def discs(
    roles: Sequence[Role], shape: tuple[int, int] = SHAPE, seed: int = 0
) -> NDArray[np.uint8]:
    """Draw six discs with a little noise: bright on dark, or as stained nuclei in colour.

    Parameters
    ----------
    roles
        What the channels show, C entries; red, green and blue together are stained tissue.
    shape
        Height and width in pixels; what of the discs lies outside is cut off.
    seed
        Of the noise; another one is another image.

    Returns
    -------
    (C, Y, X) uint8
        Intensities of 10 to 240.
    """
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    away = np.min([np.hypot(y - v, x - u) for v, u in CENTRES], 0)
    # An edge of a pixel or two, as a lens draws it.
    inside = np.clip((RADIUS + 1 - away) / 2, 0, 1)
    colours = dict(zip(RGB, zip(TISSUE, STAIN, strict=True), strict=True))
    planes = []
    for role in roles:
        low, high = colours[role] if set(RGB) <= set(roles) and role in RGB else (30, 180)
        planes.append(low + (high - low) * inside + rng.normal(0, 3, shape))
    return np.clip(np.round(planes), 10, 240).astype(np.uint8)


def foreground(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where objects are."""
    return np.asarray(labels > 0)


def agreement(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return the intersection over union of two label images' foregrounds; 1 if both are empty."""
    a, b = foreground(one), foreground(other)
    union = np.count_nonzero(a | b)
    return float(np.count_nonzero(a & b) / union) if union else 1.0
