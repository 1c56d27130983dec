"""The shape of cells, as the benchmark paper describes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.ids import numbered
from ..data.instances import as_labels


def shape_features(
    labels: NDArray[Any],
    properties: Sequence[str] = (),
    spacing: tuple[float, float] = (1.0, 1.0),
) -> dict[str, NDArray[Any]]:
    """Measure every cell.

    An outline runs through the centres of a cell's outermost pixels. A cell in several parts
    (that don't touch even at a corner) is described by its largest, but for its size. Source of the
    first three: Wang et al., *A systematic evaluation of computation methods for cell
    segmentation*, "Cell morphology".

    Parameters
    ----------
    labels : (Y, X) integer
    properties
        What ``skimage.measure.regionprops_table`` shall add, by its names; ``perimeter`` only
        where pixels are square.
    spacing
        Height and width of a pixel, in any unit: that of `properties` that are lengths or areas.

    Returns
    -------
    dict of (N,) arrays
        ``label``, ascending; ``size`` in pixels; ``elongation``, the ratio of the eigenvalues of
        the outline's covariance: 1 is round, 0 a line, NaN a single pixel; ``convexity``, the
        perimeter of the convex hull by that of the outline: 1 is convex; ``outline``, the length
        of the outline in units of `spacing`; and `properties`.

    Raises
    ------
    InputError
        If the array isn't a label image.
    """
    from skimage.measure import label as connected
    from skimage.measure import regionprops_table

    from .outlines import describe, first_pixels

    labels = as_labels(labels)
    parts, n = connected(labels, background=0, connectivity=2, return_num=True)
    parts = parts.astype(np.int64, copy=False)
    first, size = first_pixels(parts, n)
    owner = labels.ravel()[first]
    # By label, the largest part first.
    order = np.lexsort((-size, owner))
    ids, largest = np.unique(owner[order], return_index=True)
    chosen = order[largest]
    perimeter, hull, elongation = describe(parts, first[chosen], *map(float, spacing))
    features: dict[str, NDArray[Any]] = {
        "label": ids,
        "size": np.add.reduceat(size[order], largest) if len(ids) else size,
        "elongation": elongation,
        # A single pixel has no perimeter, and is convex.
        "convexity": np.divide(hull, perimeter, out=np.ones(len(ids)), where=perimeter > 0),
        "outline": perimeter,
    }
    if properties:
        # It takes memory by the largest id.
        table = regionprops_table(
            numbered(labels)[1], properties=tuple(properties), spacing=spacing
        )
        features.update(table)
    return features
