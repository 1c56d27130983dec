"""What DeepCell's networks learn from: labels to classes of pixels.

Source: Greenwald et al. 2022, Nat. Biotechnol. 40, Methods.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]
Maps = NDArray[np.float32]


def boundaries(labels: Labels) -> NDArray[np.bool_]:
    """Return the pixels of objects that touch another object or the background (4 neighbours)."""
    from skimage.segmentation import find_boundaries

    return np.asarray(find_boundaries(labels, mode="inner"))


def eroded(labels: NDArray[Any]) -> NDArray[Any]:
    """Take the boundaries off the objects: one pixel."""
    return np.where(boundaries(labels), 0, labels)


def inner_distance(labels: Labels, *, erode: bool = True, alpha: float | None = None) -> Maps:
    """Return how close each pixel of an object is to its centre.

    1 / (1 + alpha * d^2), d being the distance to the object's centre, which is weighted by the
    distance to the background.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.
    erode
        Leave out the objects' boundaries.
    alpha
        How fast it falls; None: 1 over the root of the object's area.

    Returns
    -------
    (Y, X) float32
        0 in the background, at most 1.
    """
    from scipy.ndimage import distance_transform_edt
    from skimage.measure import label

    pieces = label(eroded(labels) if erode else labels)
    depth = distance_transform_edt(pieces > 0).ravel()
    numbers = pieces.ravel()
    weight = np.bincount(numbers, depth)
    found = np.zeros(labels.size)
    for places in np.indices(labels.shape).reshape(2, -1):
        centre = np.bincount(numbers, depth * places) / np.maximum(weight, 1e-9)
        found += (places - centre[numbers]) ** 2
    area = np.bincount(numbers)
    steepness = 1 / np.sqrt(np.maximum(area, 1)) if alpha is None else np.full(len(area), alpha)
    values = np.where(numbers > 0, 1 / (1 + steepness[numbers] * found), 0)
    return values.reshape(labels.shape).astype(np.float32)


def foreground(labels: Labels) -> Maps:
    """Return background and foreground, (2, Y, X) of 0 and 1."""
    inside = labels > 0
    return np.stack([~inside, inside]).astype(np.float32)


def pixelwise(labels: Labels, *, separate_edges: bool = False) -> Maps:
    """Return edge, interior and background, with edges one pixel wider than the boundaries.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.
    separate_edges
        Split the edges into those away from the background and those next to it.

    Returns
    -------
    (3 or 4, Y, X) float32
        Of 0 and 1; just one class is 1 in each pixel.
    """
    from scipy.ndimage import binary_dilation

    edge = boundaries(labels)
    interior = (labels > 0) & ~edge
    edges = [edge]
    if separate_edges:
        near = binary_dilation(labels == 0)
        # In this order in DeepCell, which calls the first "background edge".
        edges = [edge & ~near, edge & near]
    # Dilation by a disk of radius 1, SciPy's own structure.
    edges = [binary_dilation(one) & ~interior for one in edges]
    background = ~(interior | np.logical_or.reduce(edges))
    return np.stack([*edges, interior, background]).astype(np.float32)
