"""Cues by which one grey image tells how it was taken.

All are of the image's own range and texture, so they don't change with the scale, the offset or
the type of the intensities; what light does to an image is behind each:

- Fluorescence adds light where there is stain. The dark end of the range is the background, even
  but for noise; texture grows towards the bright end.
- Stains that absorb do the same upside down, and an inverted fluorescence image looks so too.
- Phase contrast makes cells darker and brighter than the background at once (halos). Both ends of
  the range are textured, and the even background lies between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW = 7
"""Side of the window in which texture is measured, in pixels."""
NEIGHBOURHOODS = (16, 32)
"""Sides of the neighbourhoods whose darkest and brightest places are compared, in pixels."""
EDGE = 3
"""Side of the window, applied twice, that evens out noise before edges are followed."""
STEEP = 0.1
"""Share of the pixels that are the strongest edges."""
FEWEST = 64
"""Pixels that an image must have beside its margins."""
END = 0.1
"""Share of the range that is its dark end, and its bright end."""


BEYOND = 1000
"""Values are taken to lie at most so many ranges beyond the usual ones."""


@dataclass(frozen=True)
class Cues:
    """What is measured of a grey image.

    Attributes
    ----------
    background
        Where the evenest fifth of the image lies between the darkest (0) and the brightest (1).
    slope, bend
        How the logarithm of the texture goes with the rank of the brightness: grows towards
        bright (slope > 0); is higher at both ends than between (bend > 0).
    dark, bright
        Texture at the dark and at the bright end, as a share of the range.
    levels
        How much more the brightest places of small neighbourhoods differ from each other than the
        darkest do: logarithm. A background has one level, stained objects have many.
    convex
        Of the strongest edges, the share that curve around the brighter side, less the share that
        curve around the darker: cells and nuclei are convex.
    activity
        How much more texture the liveliest places have than the median: logarithm. Noise alone
        has about 0.5.
    """

    background: float
    slope: float
    bend: float
    dark: float
    bright: float
    levels: float
    convex: float
    activity: float


def cues_of(plane: NDArray[np.float32], margin: NDArray[np.bool_] | None = None) -> Cues | None:
    """Measure a (Y, X) image of a few hundred pixels a side.

    Parameters
    ----------
    plane
        Finite values.
    margin
        Where there is no image.

    Returns
    -------
    Cues or None
        None where there are too few pixels, or all are equal.
    """
    seen = np.ones(plane.shape, np.bool_) if margin is None else _inner(margin)
    some = plane[::2, ::2][seen[::2, ::2]]
    if len(some) < FEWEST:
        return None
    low, high = np.percentile(some, [0.2, 99.8])
    if not high > low:
        return None
    # A single value far beyond all others must not overflow what is computed of its square.
    shown = np.clip(plane, low - BEYOND * (high - low), high + BEYOND * (high - low))
    smooth = box_mean((shown - low) / np.float32(high - low), 3)
    mean = box_mean(smooth, WINDOW, 2)
    variance = box_mean(smooth**2, WINDOW, 2) - mean**2
    lattice = seen[::2, ::2]
    level = mean[lattice]
    # Rounding in single precision must not look like texture.
    texture = np.sqrt(np.maximum(variance[lattice], 1e-8))
    quiet, median, lively = np.percentile(texture, [20, 50, 98])
    slope, bend = _curve(level, np.log(texture + 1e-3))
    return Cues(
        background=float(np.clip(np.median(level[texture <= quiet]), 0, 1)),
        slope=slope,
        bend=bend,
        dark=_at_end(level, texture),
        bright=_at_end(-level, texture),
        levels=_levels(smooth, seen),
        convex=_convexity(smooth, seen),
        activity=float(np.log(lively / median)),
    )


def box_mean(image: NDArray[np.float32], side: int, step: int = 1) -> NDArray[np.float32]:
    """Return the means over the windows around every k-th pixel, the edges mirrored.

    The same as scipy's `uniform_filter`, which takes four times as long for a few pixels.

    Parameters
    ----------
    image : (Y, X) float32
    side
        Of the window; odd.
    step
        Rows and columns from one window to the next.
    """
    for axis in (0, 1):
        length, half = image.shape[axis], side // 2
        # Mirrored as often as a narrow image needs.
        index = np.arange(-half, length + half) % (2 * length)
        padded = np.take(image, np.where(index < length, index, 2 * length - 1 - index), axis)
        along = np.moveaxis(padded, axis, 0)
        total = along[:length:step].astype(np.float64)
        for shift in range(1, side):
            total += along[shift : shift + length : step]
        image = np.moveaxis((total / side).astype(np.float32), 0, axis)
    return image


def order_of(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the order of finite values, equal ones as they come: a stable argsort, but quick.

    Sorted are whole numbers of a value's bits, in an order of their own, above its place.
    """
    bits = (values + np.float32(0)).view(np.int32)
    ordered = np.where(bits < 0, np.iinfo(np.int32).max ^ bits, bits).astype(np.int64)
    return np.sort(ordered << 32 | np.arange(len(values))) & 0xFFFFFFFF


def _inner(margin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels whose surroundings hold no margin."""
    from scipy import ndimage as ndi

    near: NDArray[np.bool_] = ndi.maximum_filter(margin, WINDOW + 4)
    return ~near


def _curve(level: NDArray[np.float32], texture: NDArray[np.float32]) -> tuple[float, float]:
    """Fit a parabola of the texture over the rank of the brightness; ranks go from -1 to 1."""
    rank = np.empty(len(level))
    rank[order_of(level)] = np.linspace(-1, 1, len(level))
    # Legendre polynomials of evenly spaced ranks are nearly orthogonal: no system to solve.
    slope = 3 * float((texture * rank).mean())
    bend = 5 * float((texture * (3 * rank**2 - 1) / 2).mean()) * 1.5
    return slope, bend


def _levels(smooth: NDArray[np.float32], seen: NDArray[np.bool_]) -> float:
    """Compare the spread of the brightest with that of the darkest places of neighbourhoods."""
    ratios = []
    for side in NEIGHBOURHOODS:
        rows, columns = smooth.shape[0] // side, smooth.shape[1] // side
        if rows * columns < FEWEST // 16:
            continue
        cut = (slice(rows * side), slice(columns * side))
        blocks = smooth[cut].reshape(rows, side, columns, side)
        # Along the rows first: those lie side by side in memory.
        whole = seen[cut].reshape(rows, side, columns, side).min(1).min(2)
        if whole.sum() < FEWEST // 16:
            continue
        darkest, brightest = blocks.min(1).min(2)[whole], blocks.max(1).max(2)[whole]
        ratios.append(np.log((brightest.std() + 0.01) / (darkest.std() + 0.01)))
    return float(np.mean(ratios)) if ratios else 0.0


def _convexity(smooth: NDArray[np.float32], seen: NDArray[np.bool_]) -> float:
    """Say around which side the strongest edges curve: from -1, the darker, to 1, the brighter."""
    if min(smooth.shape) < EDGE:
        return 0.0
    even = box_mean(box_mean(smooth, EDGE), EDGE)
    down, right = even[2:, 1:-1] - even[:-2, 1:-1], even[1:-1, 2:] - even[1:-1, :-2]
    steepness = np.where(seen[1:-1, 1:-1], down**2 + right**2, 0)
    steepest = max(float(np.percentile(steepness[::2, ::2], 100 * (1 - STEEP))), 1e-9)
    place = np.flatnonzero(steepness >= steepest)
    gy, gx = down.ravel()[place], right.ravel()[place]
    y, x = np.divmod(place, steepness.shape[1])
    row, flat = even.shape[1], np.ascontiguousarray(even).ravel()
    at = (y + 1) * row + x + 1
    twice = 2 * flat[at]
    yy = 4 * (flat[at + row] - twice + flat[at - row])
    xx = 4 * (flat[at + 1] - twice + flat[at - 1])
    xy = flat[at + row + 1] - flat[at + row - 1] - flat[at - row + 1] + flat[at - row - 1]
    # Of the isophote through each pixel; positive where it turns around the brighter side.
    curvature = -(yy * gx**2 - 2 * xy * gx * gy + xx * gy**2)
    return float(np.sign(curvature).mean()) if len(curvature) else 0.0


def _at_end(level: NDArray[np.float32], texture: NDArray[np.float32]) -> float:
    """Return the median texture at the low end of the range."""
    low, high = np.percentile(level, [0.5, 99.5])
    end = texture[level <= low + END * (high - low)]
    if len(end) < FEWEST // 8:
        end = texture[order_of(level)[: FEWEST // 8]]
    return float(np.median(end))
