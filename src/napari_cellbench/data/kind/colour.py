"""What a colour image is: grey after all, glowing colours on black, or stains on white."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GREY = 0.04
"""Colours of a grey image differ by less than this share of the range, compression included."""
TINT = 0.25
"""Of one tint, the colours are proportional: this share of their variation is left at most."""
SIGNAL = 0.08
"""A colour whose range is below this share of the largest carries nothing."""
ALIKE = 0.85
"""Colours that correlate so well, and are no tint, are no stains apart."""


@dataclass(frozen=True)
class Colours:
    """What is measured of a red, green and blue image.

    Attributes
    ----------
    grey
        Whether the three are equal but for noise.
    carriers
        Colours that carry something, the one with the largest range first; one alone if the image
        is grey or of one tint.
    ramp
        Whether all three go together without being a tint: a false-colour scale, or inverted.
    floor
        Brightness of the darkest places, by their brightest colour, over that of the brightest.
    white
        Brightness of the whitest places, by their darkest colour, over that of the brightest.
    """

    grey: bool
    carriers: tuple[int, ...]
    ramp: bool
    floor: float
    white: float


def colours_of(image: NDArray[np.float32], margin: NDArray[np.bool_]) -> Colours:
    """Measure a (3, Y, X) image; intensities count from black on.

    Parameters
    ----------
    image
        Finite values.
    margin
        Where there is no image.
    """
    pixels = image[:, ~margin]
    most, least = pixels.max(0), pixels.min(0)
    top, bottom = np.percentile(most, 99.8), np.percentile(least, 0.2)
    apart = np.percentile(most - least, 99.5)
    low, high = np.percentile(pixels, [0.2, 99.8], axis=1)
    ranges = high - low
    if apart <= GREY * (top - bottom) or not ranges.max():
        return Colours(True, (0,), False, 0.0, 0.0)
    order = [int(i) for i in np.argsort(-ranges, kind="stable")]
    carriers = [i for i in order if ranges[i] > SIGNAL * ranges[order[0]]]
    main = pixels[order[0]]
    correlations = [float(np.corrcoef(main, pixels[i])[0, 1]) for i in carriers[1:]]
    # What a straight line through the main colour leaves.
    rest = [np.sqrt(max(0.0, 1 - r * r)) for r in correlations]
    tint = all(left <= TINT and r > 0 for left, r in zip(rest, correlations, strict=True))
    # Of signed values, black is the lowest there are.
    black = min(0.0, float(bottom))
    reach = float(top) - black
    return Colours(
        grey=False,
        carriers=tuple(carriers[:1] if tint else carriers),
        ramp=not tint and len(carriers) == 3 and min(correlations) > ALIKE,
        floor=(float(np.percentile(most, 2)) - black) / reach if reach > 0 else 0.0,
        white=(float(np.percentile(least, 98)) - black) / reach if reach > 0 else 0.0,
    )
