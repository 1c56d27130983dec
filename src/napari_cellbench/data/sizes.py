"""How large objects are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .ids import count_pixels
from .instances import Instances


def areas(instances: Instances) -> NDArray[np.int64]:
    """Return the pixels of each object, in the order of `Instances.ids`; a mask may have none."""
    if instances.masks is not None:
        from .rle import mask_areas

        return mask_areas(instances.masks)
    assert instances.labels is not None
    return count_pixels(instances.labels)[1]


def median_diameter(instances: Instances) -> float | None:
    """Return the diameter of the circle that has the objects' median area, in pixels.

    This is what Cellpose calls the diameter of the cells in an image.

    Returns
    -------
    float or None
        None where there is no object.
    """
    found = areas(instances)
    found = found[found > 0]
    return float(2 * np.sqrt(np.median(found) / np.pi)) if len(found) else None
