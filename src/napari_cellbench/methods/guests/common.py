"""What the guests have in common: their pins, their checkpoint, and the release they are for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.statistics import Statistics
from ..environment import Environment

PINS = Path(__file__).parent / "pins"
SAFETENSORS = "safetensors==0.8.0"
"""By which weights are read safely, before a package sees them."""
GB = 1_000_000_000
GROUP = "Guests, each in an environment of its own"
"""Heading that they stand under in lists."""


def environment(
    key: str,
    *packages: str,
    licence: str,
    download: float,
    size: float,
    pythons: Sequence[str],
) -> Environment:
    """Describe the environment of a guest, whose pins are in the file of its key.

    Parameters
    ----------
    key
        Of the method.
    packages
        What to install besides what every guest needs.
    licence
        Of the package that the method is named after.
    download, size
        In GB, as measured on Linux, where torch comes with CUDA; see `Environment`.
    pythons
        See `Environment`.
    """
    return Environment(
        packages=(*packages, SAFETENSORS),
        pins=PINS / f"{key}.txt",
        pythons=tuple(pythons),
        download=round(download * GB),
        size=round(size * GB),
        licence=licence,
    )


def as_bytes(plane: NDArray[Any], statistics: Statistics, channel: int) -> NDArray[np.uint8]:
    """Bring a channel to 8 bits, as packages want it that were made for such images.

    Parameters
    ----------
    plane : (Y, X) array
        The channel, or a tile of it.
    statistics
        Of the whole image, whose darkest and brightest pixels become 0 and 255.
    channel
        Its number.

    Returns
    -------
    (Y, X) uint8
        Images of 8 bits as they are.
    """
    if plane.dtype == np.uint8:
        return plane
    low, high = statistics.percentile(0, channel), statistics.percentile(100, channel)
    return np.interp(plane, (low, max(high, low + 1e-9)), (0, 255)).astype(np.uint8)


def is_release(package: str, release: str) -> bool:
    """Tell whether a package is here, and of the release that a method is written for.

    Parameters
    ----------
    package
        Name of the distribution.
    release
        Beginning of its version, such as "3".
    """
    try:
        return f"{version(package)}.".startswith(f"{release}.")
    except PackageNotFoundError:
        return False
