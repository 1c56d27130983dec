"""The image and the objects' outlines for a page: pixels as PNG, outlines as vectors."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data import Instances, Role
from ...data.sample import RGB
from ...data.source import Source
from ...data.writers.outlines import Ring, outlines
from ...scoring.counts import matched_pairs
from ...scoring.overlap import overlap
from ...scoring.selection import EVERYTHING, Selection

Rings = Mapping[int, list[Ring]]
"""Outlines of objects by their ids."""

LONGEST = 1600
"""Longer images are drawn smaller: two beside each other on paper have 450 dots an inch."""
DETAIL = 256
"""Side of the square that is shown from near, in drawn pixels."""
CONTRAST = (0.1, 99.9)
"""Percentiles of each channel that are drawn black and in full colour."""
COLOURS: dict[Role, tuple[float, float, float]] = {
    "nucleus": (0.12, 0.66, 0.95),
    "whole_cell": (0.0, 1.0, 0.0),
    "phase": (1.0, 1.0, 1.0),
    "other": (1.0, 0.0, 1.0),
}
"""Of the channels, as napari shows them; colour images are drawn in their own."""
TILE = 230
"""Width of a tile, in pixels of the page."""
THINNEST, WIDEST = 0.2, 0.9
"""Of lines, in pixels of the page."""
BRIGHT = 0.45
"""Mean intensity from which lines have to be dark to be seen."""


@dataclass(frozen=True)
class Palette:
    """Colours of lines and areas on an image."""

    result: str
    truth: str
    matched: str
    missed: str
    false: str


ON_DARK = Palette("#ffd60a", "#4cd3ff", "#ffffff", "#56b4e9", "#e69f00")
ON_BRIGHT = Palette("#d6006c", "#0050d8", "#111111", "#0072b2", "#d55e00")


@dataclass(frozen=True, eq=False)
class Picture:
    """An image as it is drawn.

    Attributes
    ----------
    width, height
        In drawn pixels, which the outlines count in.
    step
        Pixels of the image along a side of a drawn pixel.
    png
        As a ``data:`` address.
    palette
        Colours that are seen on it.
    """

    width: int
    height: int
    step: int
    png: str
    palette: Palette


def step_of(shape: tuple[int, int]) -> int:
    """Return the pixels of an image along a side of a drawn pixel."""
    return min(math.ceil(max(shape) / LONGEST), *shape)


def picture(source: Source, roles: tuple[Role, ...]) -> Picture:
    """Draw an image: each channel in its colour between `CONTRAST`, and all added up.

    Parameters
    ----------
    source
        One plane; it is read band by band.
    roles
        What its channels show.
    """
    step = step_of(source.shape)
    values = _overview(source, step)
    drawn = _colours(values, roles)
    palette = ON_BRIGHT if drawn.mean() > BRIGHT else ON_DARK
    height, width = drawn.shape[:2]
    return Picture(width, height, step, _png(drawn), palette)


def rings_of(instances: Instances, step: int) -> Rings:
    """Return the outlines of each object in drawn pixels; see `Picture.step`."""
    if step == 1:
        found = outlines(instances)
    else:
        # Overlapping masks of a large image are drawn flattened: the page has no room for more.
        found = outlines(Instances.from_labels(_drawn_labels(instances, step)))
    return {i: [ring for polygon in polygons for ring in polygon] for i, polygons in found}


def outline_path(rings: Rings) -> str:
    """Return the outlines of all objects as the path of an SVG."""
    return _path(ring for one in rings.values() for ring in one)


def line_width(diameter: float | None, width: int) -> float:
    """Return the width of lines, in pixels of the page, that leaves the cells to be seen.

    Parameters
    ----------
    diameter
        Of the cells in drawn pixels; None where there are none.
    width
        Drawn pixels across a tile.
    """
    return min(WIDEST, max(THINNEST, 0.08 * (diameter or width) * TILE / width))


def detail(segmentations: Sequence[Instances], step: int) -> tuple[int, int, int, int] | None:
    """Return where segmentations differ most, for a look from near.

    Parameters
    ----------
    segmentations
        Of one size; the truth may be among them.
    step
        See `Picture.step`.

    Returns
    -------
    (x, y, width, height)
        In drawn pixels; None where the whole picture is seen well enough, or nothing differs.
    """
    from scipy.ndimage import uniform_filter

    cells = np.stack([_drawn_labels(one, step) > 0 for one in segmentations])
    height, width = cells.shape[1:]
    side = min(DETAIL, height, width)
    if max(height, width) < 2 * DETAIL:
        return None
    share = cells.mean(axis=0, dtype=np.float32)
    differing = uniform_filter(share * (1 - share), side, mode="constant")
    # Centres of squares that lie within the picture.
    inner = differing[side // 2 : height - side // 2, side // 2 : width - side // 2]
    if not inner.size or inner.max() <= 0:
        return None
    y, x = np.unravel_index(inner.argmax(), inner.shape)
    return int(min(x, width - side)), int(min(y, height - side)), side, side


@dataclass(frozen=True)
class ErrorPaths:
    """Outlines of right and wrong objects as paths of an SVG.

    Attributes
    ----------
    matched, missed
        True objects with a match, and without.
    false
        Found objects without a match.
    """

    matched: str
    missed: str
    false: str


def error_paths(
    truth: Instances,
    found: Instances,
    true_rings: Rings,
    rings: Rings,
    selection: Selection = EVERYTHING,
) -> ErrorPaths:
    """Sort the objects that count into right and wrong, matched one to one at an IoU of 0.5."""
    both, _, _ = selection.apply(overlap(truth, found), truth, found)
    pairs = matched_pairs(both)
    wrong = set(np.delete(both.truth_ids, both.truth_index[pairs]).tolist())
    extra = set(np.delete(both.prediction_ids, both.prediction_index[pairs]).tolist())
    right = set(both.truth_ids[both.truth_index[pairs]].tolist())
    return ErrorPaths(
        outline_path({i: one for i, one in true_rings.items() if i in right}),
        outline_path({i: one for i, one in true_rings.items() if i in wrong}),
        outline_path({i: one for i, one in rings.items() if i in extra}),
    )


def _overview(source: Source, step: int) -> NDArray[np.float32]:
    """Return (C, Y, X) means of squares of `step` pixels; an edge that is no whole one is cut."""
    height, width = (side // step for side in source.shape)
    out = np.empty((len(source.planes), height, width), np.float32)
    rows = max(1, 2048 // step)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        band = source.read((slice(top * step, bottom * step), slice(0, width * step)))
        squares = band.reshape(len(band), bottom - top, step, width, step)
        out[:, top:bottom] = squares.mean(axis=(2, 4), dtype=np.float32)
    return out


def _colours(values: NDArray[np.float32], roles: tuple[Role, ...]) -> NDArray[np.float32]:
    """Return (Y, X) of one grey channel, else (Y, X, 3); in [0, 1]."""
    if roles == RGB:
        colour: NDArray[np.float32] = np.moveaxis(np.clip(values / _white(values), 0, 1), 0, -1)
        return colour
    low, high = np.percentile(values, CONTRAST, axis=(1, 2), keepdims=True)
    scaled = np.clip((values - low) / np.maximum(high - low, np.finfo(np.float32).tiny), 0, 1)
    if len(roles) == 1:
        grey: NDArray[np.float32] = scaled[0]
        return grey
    colours = np.array([COLOURS.get(role, COLOURS["other"]) for role in roles], np.float32)
    together: NDArray[np.float32] = np.clip(np.einsum("cyx,cs->yxs", scaled, colours), 0, 1)
    return together


def _white(values: NDArray[np.float32]) -> float:
    """Return what is white in a colour image: 1, or the largest number of 8 or 16 bits."""
    most = float(values.max(initial=0.0))
    return next((white for white in (1.0, 255.0) if most <= white), 65535.0)


def _png(drawn: NDArray[np.float32]) -> str:
    import imageio.v3 as iio

    file = io.BytesIO()
    iio.imwrite(file, np.rint(drawn * 255).astype(np.uint8), extension=".png", plugin="pillow")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _drawn_labels(instances: Instances, step: int) -> NDArray[np.int32]:
    """Return the label in the middle of each drawn pixel."""
    height, width = (side // step * step for side in instances.shape)
    return instances.to_labels()[step // 2 : height : step, step // 2 : width : step]


def _path(rings: Iterable[Ring]) -> str:
    """Return rings, whose sides run along the axes, as the path of an SVG."""
    parts = []
    for ring in rings:
        x, y = ring[0].tolist()
        sides = [f"h{dx}" if dx else f"v{dy}" for dx, dy in np.diff(ring, axis=0).tolist()]
        parts.append(f"M{x} {y}{''.join(sides)}z")
    return "".join(parts)
