"""Margins and holes of mosaics: pixels that no camera took.

Taken for signal they would be the darkest (or brightest) part of an image, and pull percentiles,
thresholds and the background along.

What tells them from a background that is black is where they end. A margin is of one exact value
and ends along straight lines, or it is all around one picture (a round field of view, an image that
was turned). Black background ends along the outlines of many objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = 0.005
"""Smaller regions of one value, as a share of the image, are left as they are."""
RUN = 16
"""A straight piece of a border is so many pixels long at least."""
FRAY = 5
"""What is narrower, in pixels, belongs to the picture."""
STRAIGHT = 0.8
"""Share of a region's border that is straight, from which it is a margin."""
PICTURE = 64**2
"""Pixels that a picture between margins has at least; objects on black ground have fewer."""
ROUND = 0.3
"""Share of the image that a picture has at least, if the margin around it isn't straight."""
SOLIDITY = 0.96
"""Share of its convex hull that a picture has, if the margin around it isn't straight."""
PIXELS = 2**20
"""Of larger images no more pixels than these, evenly spaced, are looked at."""
BINS = 128
"""Of the histogram whose peak is the background."""


@dataclass(frozen=True, eq=False)
class Margins:
    """Where an image holds no signal.

    Attributes
    ----------
    parts
        Values, (C,), that fill margins, and where: boolean arrays on a lattice of every `step`-th
        row and column.
    step
        Of the lattice, in pixels.
    background : (C,) float64
        The most frequent intensity of the rest.
    share
        How much of the image is margin, 0 to 1.
    """

    parts: tuple[tuple[NDArray[Any], NDArray[np.bool_]], ...]
    step: int
    background: NDArray[np.float64]
    share: float

    def mask(self, pixels: NDArray[Any], top: int = 0, left: int = 0) -> NDArray[np.bool_]:
        """Tell which of some pixels are margin.

        Parameters
        ----------
        pixels : (C, Y, X)
            A piece of the image.
        top, left
            Where it begins.

        Returns
        -------
        (Y, X) bool
        """
        found = _no_number(pixels)
        for value, where in self.parts:
            rows, columns = (
                np.minimum((np.arange(length) + start) // self.step, limit - 1)
                for length, start, limit in zip(
                    pixels.shape[1:], (top, left), where.shape, strict=True
                )
            )
            found |= where[np.ix_(rows, columns)] & _equal(pixels, value)
        return found

    def fill(self, pixels: NDArray[Any], top: int = 0, left: int = 0) -> None:
        """Put the background's intensity into the margins of a (C, Y, X) piece; see `mask`."""
        blank = self.mask(pixels, top, left)
        for channel, value in zip(pixels, self.background, strict=True):
            channel[blank] = value

    def note(self) -> str:
        """Tell that margins were left out."""
        return (
            f"{self.share:.0%} of the image is blank margin: left out of percentiles and "
            "thresholds, and taken for background."
        )


def step_for(shape: tuple[int, int]) -> int:
    """Return the step of the lattice on which an image of a height and width is looked at."""
    return max(1, int(np.ceil(np.sqrt(shape[0] * shape[1] / PIXELS))))


def find_margins(lattice: NDArray[Any], step: int = 1) -> Margins | None:
    """Find margins and holes.

    Parameters
    ----------
    lattice : (C, Y, X)
        Every `step`-th row and column of an image, of any real dtype.
    step
        In pixels.

    Returns
    -------
    Margins or None
        None where there are none, and where there is nothing else.
    """
    from scipy import ndimage as ndi

    blank = _no_number(lattice)
    parts = []
    for value in _common_values(lattice):
        part = _margin_of(_equal(lattice, value) & ~blank, blank, PICTURE / step**2)
        if part is not None:
            blank = blank | part
            # Between two points of the lattice the pixels themselves decide.
            wide = ndi.binary_dilation(part, np.ones((3, 3))) if step > 1 else part
            parts.append((value, wide))
    if not blank.any() or blank.all():
        return None
    rest = lattice[:, ~blank]
    background = np.array([_peak(channel) for channel in rest])
    return Margins(tuple(parts), step, background, float(blank.mean()))


def margins(image: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Find the margins of an image in memory.

    Parameters
    ----------
    image : (C, Y, X)
        Of any real dtype.

    Returns
    -------
    (Y, X) bool or None
        True where there is no signal; None where there is signal everywhere, or nowhere.
    """
    step = step_for((image.shape[1], image.shape[2]))
    found = find_margins(image[:, ::step, ::step], step)
    return None if found is None else found.mask(image)


def _no_number(pixels: NDArray[Any]) -> NDArray[np.bool_]:
    if pixels.dtype.kind != "f":
        return np.zeros(pixels.shape[1:], np.bool_)
    return np.asarray(~np.isfinite(pixels).any(0))


def _equal(pixels: NDArray[Any], value: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray((pixels == value[:, None, None]).all(0))


def _common_values(image: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the values, one a channel, of regions in which pixels equal their neighbours."""
    inner = image[:, :-1, :-1]
    same = ((inner == image[:, 1:, :-1]) & (inner == image[:, :-1, 1:])).all(0)
    least = LEAST * image[0].size
    if np.count_nonzero(same) < least:
        return []
    values, counts = np.unique(inner[:, same], axis=1, return_counts=True)
    return list(values[:, counts >= least].T)


def _margin_of(
    flat: NDArray[np.bool_], blank: NDArray[np.bool_], least: float
) -> NDArray[np.bool_] | None:
    """Return the part of a region of one value that is margin; None if none is."""
    from scipy import ndimage as ndi

    # Dark pixels of a picture's first rows would fray the edge.
    core = _opened(flat)
    pieces, count = ndi.label(core)
    areas = np.bincount(pieces.ravel(), minlength=count + 1)
    areas[0] = 0
    large = areas >= LEAST * flat.size
    if not large.any() or not _is_picture(~large[pieces] & ~blank, least):
        return None
    total, straight = _borders(pieces, count)
    is_margin = large & (straight >= STRAIGHT * np.maximum(total, 1))
    if not is_margin.any() and _surrounds(large[pieces], blank):
        is_margin = large
    return is_margin[pieces] if is_margin.any() else None


def _opened(flat: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop what is narrower than `FRAY` pixels; beyond the image's edge it goes on."""
    from scipy import ndimage as ndi

    wide = np.pad(flat, FRAY, mode="edge")
    opened: NDArray[np.bool_] = ndi.maximum_filter(ndi.minimum_filter(wide, FRAY), FRAY)
    return opened[FRAY:-FRAY, FRAY:-FRAY]


def _is_picture(rest: NDArray[np.bool_], least: float) -> bool:
    """Tell whether what is no margin hangs together, as pictures do and objects don't.

    `least` is the area of a picture, in points of the lattice.
    """
    from scipy import ndimage as ndi

    pieces, count = ndi.label(rest)
    areas = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    large = areas[areas >= least]
    return bool(large.sum() >= 0.9 * areas.sum() > 0)


def _borders(pieces: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the length of each piece's border within the image, and of its straight runs."""
    total, straight = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    for across in (pieces, pieces.T):
        here, there = across[:-1], across[1:]
        for inside in (np.where(here != there, here, 0), np.where(here != there, there, 0)):
            ids, lengths = _runs(inside)
            np.add.at(total, ids, lengths)
            long = lengths >= RUN
            np.add.at(straight, ids[long], lengths[long])
    return total, straight


def _runs(rows: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return value and length of each run of equal values above 0 within a row."""
    padded = np.pad(rows, ((0, 0), (0, 1))).ravel()
    starts = np.flatnonzero(np.diff(padded, prepend=0))
    lengths = np.diff(starts, append=len(padded))
    values = padded[starts]
    return values[values > 0], lengths[values > 0]


def _surrounds(flat: NDArray[np.bool_], blank: NDArray[np.bool_]) -> bool:
    """Tell whether a region lies around one convex picture, and in all corners of the image."""
    from skimage.morphology import convex_hull_image

    corners = (flat | blank)[[0, 0, -1, -1], [0, -1, 0, -1]]
    rest = ~flat & ~blank
    if not corners.all() or np.count_nonzero(rest) < ROUND * rest.size:
        return False
    hull = np.count_nonzero(convex_hull_image(rest))
    return bool(np.count_nonzero(rest) >= SOLIDITY * hull)


def _peak(values: NDArray[Any]) -> float:
    """Return the most frequent of some intensities, outliers left out."""
    from scipy import ndimage as ndi

    finite = values[np.isfinite(values)].astype(np.float64)
    low, high = np.percentile(finite, (0.5, 99.5)) if finite.size else (0.0, 0.0)
    if low == high:
        return float(low)
    counts, edges = np.histogram(finite, BINS, (low, high))
    at = int(np.argmax(ndi.gaussian_filter1d(counts.astype(np.float64), 1)))
    return float((edges[at] + edges[at + 1]) / 2)
