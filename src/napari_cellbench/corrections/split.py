"""Splitting cells: along a drawn line, or by watershed from clicked seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .drawing import Mask, cells_on_line, line_pixels
from .edit import Edit
from .lookup import Box, box_of, boxes_of, check_plane, joined, new_ids, region_of, within
from .pieces import pieces_of

SLIVER, SLIVER_SHARE = 5, 0.05
"""What a line cuts off is no cell if it has fewer pixels, and a smaller share of the cell."""


def split_line(labels: NDArray[Any], line: ArrayLike, *, above: int = 0) -> Edit:
    """Split all cells that a drawn line crosses from side to side.

    The largest part keeps the id, and no pixel is lost: those under the line go to the nearest
    part. A cell that the line only enters stays whole.

    Parameters
    ----------
    labels : (Y, X) integer
    line : (N, 2) float
        Rows and columns in pixels.
    above
        New ids are greater: the greatest one in the rest of a stack.

    Raises
    ------
    InputError
        If it crosses none from side to side, or the labels' type is full.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.full((3, 6), 4)
    >>> edit = split_line(labels, [(-1, 2), (4, 2)])
    >>> edit.apply(labels)
    >>> labels[1], edit.made
    (array([5, 5, 4, 4, 4, 4]), (5,))
    """
    check_plane(labels)
    touched = cells_on_line(labels, line)
    if not touched:
        raise InputError("The line touches no cell: draw it across the one to be split.")
    rows, columns = line_pixels(line, labels.shape).T
    cells: list[tuple[int, Box, NDArray[np.int32]]] = []
    for cell, box in zip(touched, boxes_of(labels, touched), strict=True):
        mask = labels[region_of(box)] == cell
        on_line = labels[rows, columns] == cell
        cut = np.zeros(mask.shape, bool)
        cut[rows[on_line] - box[0], columns[on_line] - box[1]] = True
        parts = _parts(mask, cut)
        if parts.max() > 1:
            cells.append((cell, box, parts))
    if not cells:
        raise InputError(
            "The line crosses no cell from side to side: begin and end it outside of the cell."
        )
    return _divide(labels, cells, above)


def split_seeds(
    labels: NDArray[Any],
    seeds: ArrayLike,
    *,
    image: NDArray[Any] | None = None,
    above: int = 0,
) -> Edit:
    """Split a cell by watershed from two or more points in it, one in each cell that it should be.

    By the distance to its outline, it is cut where it is narrow; with the image, where that is
    dark, too. The largest part keeps the id.

    Parameters
    ----------
    labels : (Y, X) integer
    seeds : (N, 2) float
        Rows and columns in pixels.
    image : (Y, X)
        In which cells are bright; weighs as much as the distance.
    above
        See `split_line`.

    Raises
    ------
    InputError
        If there are fewer than two, they are not in one cell or two are on the same pixel, the
        image is of another size, or the labels' type is full.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.full((3, 6), 4)
    >>> edit = split_seeds(labels, [(1, 1), (1, 4)])
    >>> sorted(edit.size_changes.items())
    [(4, -9), (5, 9)]
    """
    from skimage.segmentation import watershed

    check_plane(labels)
    if image is not None and image.shape != labels.shape:
        raise InputError(f"The image is {image.shape}, the labels are {labels.shape}.")
    points = _seed_pixels(seeds, labels.shape)
    found = {int(labels[row, column]) for row, column in points}
    if len(found) > 1 or min(found) <= 0:
        raise InputError("The points are not all in one cell: click two or more in the same one.")
    (cell,) = found
    box = box_of(labels, cell)
    mask = labels[region_of(box)] == cell
    markers = np.zeros(mask.shape, np.int32)
    for number, (row, column) in enumerate(points, start=1):
        markers[row - box[0], column - box[1]] = number
    depth = _depth(mask, None if image is None else image[region_of(box)])
    parts = watershed(-depth, markers, connectivity=1, mask=mask).astype(np.int32)
    if (parts[mask] == 0).any():
        # Pieces without a point stay with the largest part.
        parts[mask & (parts == 0)] = np.bincount(parts[mask], minlength=2)[1:].argmax() + 1
    return _divide(labels, [(cell, box, parts)], above)


def _seed_pixels(seeds: ArrayLike, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    points = np.asarray(seeds, float)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise InputError("Splitting takes two points or more: click once in each part.")
    if not (np.isfinite(points).all() and (np.abs(points) < 1e9).all()):
        raise InputError("The points are not all in the image.")
    pixels = [(int(row), int(column)) for row, column in np.floor(points + 0.5)]
    if len(set(pixels)) < len(pixels):
        raise InputError("Two points are on the same pixel: click further apart.")
    if not all(0 <= row < shape[0] and 0 <= column < shape[1] for row, column in pixels):
        raise InputError("The points are not all in the image.")
    return pixels


def _depth(mask: Mask, image: NDArray[Any] | None) -> NDArray[np.float64]:
    """Return how far inside a cell each pixel is, in [0, 1], or [0, 2] with an image."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    depth: NDArray[np.float64] = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    depth = depth / depth.max()
    if image is not None:
        # Noise would draw the border: a pixel or so is averaged over. What is no number is dark.
        known = np.where(np.isfinite(image), image, 0).astype(float)
        smooth = gaussian_filter(known, 1.0)
        low, high = smooth[mask].min(), smooth[mask].max()
        if high > low:
            depth = depth + np.where(mask, (smooth - low) / (high - low), 0)
    return depth


def _parts(mask: Mask, cut: Mask) -> NDArray[np.int32]:
    """Divide a cell where it is cut; return the part of each pixel, from 1."""
    wholes, _ = pieces_of(mask)
    pieces, sizes = pieces_of(mask & ~cut)
    least = min(SLIVER, SLIVER_SHARE * np.count_nonzero(mask))
    pieces[np.concatenate([[False], sizes < least])[pieces]] = 0
    parts = np.zeros(mask.shape, np.int32)
    parts[mask] = 1
    number = 1
    for whole in np.unique(wholes[cut]).tolist():
        inside = wholes == whole
        names = np.unique(pieces[inside & (pieces > 0)])
        if len(names) < 2:
            continue
        flooded = _flooded(pieces * inside, inside)
        for name in names.tolist():
            number += 1
            parts[flooded == name] = number
    # Numbers without gaps: the pieces that aren't cut, if there are any, come first.
    numbers = np.unique(parts[mask], return_inverse=True)[1]
    parts[mask] = numbers.ravel() + 1
    return parts


def _flooded(pieces: NDArray[np.int32], inside: Mask) -> NDArray[np.int32]:
    """Grow pieces into all of a mask, step by step; where two meet, always the later one.

    A watershed would do, but for cuts with teeth: of two as near it takes now one, now the other.
    """
    from scipy.ndimage import generate_binary_structure, maximum_filter

    cross = generate_binary_structure(2, 1)
    while True:
        nearest = maximum_filter(pieces, footprint=cross, mode="constant")
        new = inside & (pieces == 0) & (nearest > 0)
        if not new.any():
            return pieces
        pieces[new] = nearest[new]


def _divide(
    labels: NDArray[Any], cells: list[tuple[int, Box, NDArray[np.int32]]], above: int
) -> Edit:
    """Give the parts of cells ids; the largest keeps the cell's."""
    names = new_ids(labels, sum(int(parts.max()) - 1 for _, _, parts in cells), above)
    whole = joined([box for _, box, _ in cells])
    after = labels[region_of(whole)].copy()
    for _, box, parts in cells:
        inside = after[within(box, whole)]
        sizes = np.bincount(parts.ravel())[1:]
        for part in np.delete(np.arange(1, len(sizes) + 1), sizes.argmax()):
            inside[parts == part] = names.pop(0)
    what = f"Split cell {cells[0][0]}" if len(cells) == 1 else f"Split {len(cells)} cells"
    return Edit.between(labels, region_of(whole), after, what)
