"""Images made worse in known steps, to see how much of that a method stands.

The kinds and levels are those of Pachitariu, Rariden & Stringer 2025 (Cellpose-SAM,
doi:10.1101/2025.04.28.651001), Methods, "Color and size invariance" and "Robustness to image
degradation", and figure 3. Where this differs, each function says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .images import native
from .resampling import Float, coarsen, gaussian_blur, resize

PHOTONS_OF_BLURRED = 120.0
"""The paper adds little noise to blurred images: else deconvolution would undo the blur."""
MOST_PHOTONS = 1e12
"""Of so many, shot noise is a millionth."""
MOST_PIXELS = 2**27
"""No image is enlarged beyond this: one channel of float32 has half a gigabyte then."""

CLEAN = 0.0
"""The level at which every degradation leaves the image as it is."""


@dataclass(frozen=True)
class Degradation:
    """A way to make an image worse.

    Attributes
    ----------
    key, title
        Name in files, and name on screen.
    level
        What a level is, with its unit.
    levels
        To begin with.
    help
        What happens to the image.
    changes_size
        Whether the image gets another size, to which the truth has to be resized.
    """

    key: str
    title: str
    level: str
    levels: tuple[float, ...]
    help: str
    changes_size: bool = False


DEGRADATIONS: Mapping[str, Degradation] = MappingProxyType(
    {
        one.key: one
        for one in (
            Degradation(
                "poisson",
                "Poisson noise",
                "Photons at the 99th percentile",
                (5.0, 2.5, 0.5),
                "Shot noise as if so many photons had been counted in the bright pixels: the "
                "fewer, the noisier.",
            ),
            Degradation(
                "blur",
                "Gaussian blur",
                "Standard deviation (px)",
                (2.0, 4.0, 8.0),
                "Out of focus, with a little shot noise.",
            ),
            Degradation(
                "downsampling",
                "Downsampling",
                "Factor",
                (2.0, 5.0, 10.0),
                "As if taken with pixels so many times as large, and enlarged again.",
            ),
            Degradation(
                "anisotropic_blur",
                "Anisotropic blur",
                "Factor",
                (2.0, 6.0, 12.0),
                "Downsampled along the rows' axis only, and enlarged again, as a side view of a "
                "stack of slices.",
            ),
            Degradation(
                "channel_order",
                "Channel order",
                "Channels rotated by",
                (1.0, 2.0),
                "The channels' content in another order, under the same names.",
            ),
            Degradation(
                "cell_size",
                "Cell size",
                "Median diameter (px)",
                (7.5, 15.0, 30.0, 60.0, 120.0),
                "The image resized so that the cells have this diameter.",
                changes_size=True,
            ),
        )
    }
)
"""By key."""


def levels_for(kind: str, channels: int) -> tuple[float, ...]:
    """Return the levels to begin with for an image of so many channels; none if it can't be."""
    if kind == "channel_order":
        return tuple(float(by) for by in range(1, channels))
    return DEGRADATIONS[kind].levels


def degrade(
    image: NDArray[Any], kind: str, level: float, *, diameter: float | None = None, seed: int = 0
) -> NDArray[Any]:
    """Make an image worse; the same seed gives the same image.

    Parameters
    ----------
    image : (C, Y, X)
        Finite intensities of any real dtype.
    kind
        Key of `DEGRADATIONS`.
    level
        How much; `CLEAN` for the image as it is.
    diameter
        Median diameter of its cells in pixels, for "cell_size"; see
        `napari_cellbench.data.sizes.median_diameter`.
    seed
        Of the noise.

    Returns
    -------
    (C, Y, X), or (C, Y', X') of "cell_size"
        Of the dtype of `image`, booleans as uint8; clipped to what the dtype holds.

    Raises
    ------
    InputError
        If the level isn't one of this kind, or the diameter is missing.
    """
    if image.ndim != 3 or image.dtype.kind not in "biuf":
        raise InputError(
            f"The image must be (C, Y, X) and of real numbers, not {image.shape} {image.dtype}."
        )
    _check(image, kind, level, diameter)
    image = native(image)
    if level == CLEAN:
        return image
    if kind == "channel_order":
        return np.roll(image, round(level), axis=0)
    values = image.astype(np.result_type(image.dtype, np.float32))
    rng = np.random.default_rng(seed)
    if kind == "cell_size":
        assert diameter is not None
        worse = resize(values, _scaled(image.shape, level / diameter))
    else:
        worse = _INTENSITIES[kind](values, level, rng)
    return _as(image.dtype, worse)


def _check(image: NDArray[Any], kind: str, level: float, diameter: float | None) -> None:
    known = DEGRADATIONS.get(kind)
    if known is None:
        raise InputError(f"No degradation {kind!r}; there are: {', '.join(DEGRADATIONS)}.")
    if not np.isfinite(level) or level < 0:
        raise InputError(f"{known.title}: a level is a positive number, not {level}.")
    if level == CLEAN:
        return
    if kind in ("downsampling", "anisotropic_blur") and level < 1:
        raise InputError(f"{known.title}: a factor is 1 or more, not {level:g}.")
    if kind == "channel_order":
        if len(image) == 1:
            raise InputError("The image has one channel: there is no order to change.")
        if level != round(level) or level >= len(image):
            raise InputError(
                f"{known.title}: {len(image)} channels can be rotated by 1 to {len(image) - 1}, "
                f"not by {level:g}."
            )
    if kind == "cell_size":
        if not diameter:
            raise InputError("To change the size of cells, the size that they have must be known.")
        height, width = _scaled(image.shape, level / diameter)
        if height * width > MOST_PIXELS:
            raise InputError(
                f"Cells of {level:g} px would make this an image of {height} x {width} pixels: "
                "crop it first, or choose a smaller size."
            )


def poisson_noise(image: Float, photons: float, rng: np.random.Generator) -> Float:
    """Add shot noise to each channel.

    The image is scaled so that its 1st percentile is 0 and its 99th is `photons`; a Poisson
    distribution with that mean gives each pixel, which is scaled back. What is below the 1st
    percentile counts as 0; pixels of more than `MOST_PHOTONS` stay as they are.
    """
    out = image.copy()
    for noisy in out:
        channel = noisy.astype(float)
        low, high = np.percentile(channel, (1, 99))
        if high > low:
            with np.errstate(over="ignore"):
                mean = np.maximum((channel - low) / (high - low), 0) * photons
            few = mean <= MOST_PHOTONS
            noisy[few] = rng.poisson(mean[few]) * ((high - low) / photons) + low
    return out


def _scaled(shape: tuple[int, ...], factor: float) -> tuple[int, int]:
    return max(1, round(shape[-2] * factor)), max(1, round(shape[-1] * factor))


def _as(dtype: np.dtype[Any], values: Float) -> NDArray[Any]:
    if dtype.kind == "f":
        return values.astype(dtype)
    info = np.iinfo(dtype)
    # The largest number of 64 bits is none of float64's.
    high = float(info.max) if dtype.itemsize < 8 else np.nextafter(float(info.max), 0)
    return np.clip(np.rint(values), float(info.min), high).astype(dtype)


_INTENSITIES: dict[str, Callable[[Float, float, np.random.Generator], Float]] = {
    "poisson": poisson_noise,
    "blur": lambda image, level, rng: poisson_noise(
        gaussian_blur(image, (level, level)), PHOTONS_OF_BLURRED, rng
    ),
    "downsampling": lambda image, level, rng: coarsen(image, (level, level)),
    "anisotropic_blur": lambda image, level, rng: coarsen(image, (level, 1.0)),
}
