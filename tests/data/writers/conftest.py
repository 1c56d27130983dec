"""What the tests of the writers write."""

import numpy as np
import pytest

from napari_cellbench.data import Instances

PROVENANCE = {"method": "stardist", "target": "nucleus", "parameters": {"probability": 0.5}}


@pytest.fixture
def labels():
    """Objects with a hole, in two parts, touching at corners, at the border, of one pixel."""
    image = np.zeros((40, 60), np.int32)
    image[2:12, 3:15] = 1
    image[5:8, 6:9] = 0
    image[6, 7] = 5
    image[20:25, 5:10] = 7
    image[30:33, 20:40] = 7
    image[20:22, 30:32] = 70
    image[22:24, 32:34] = 70
    image[24:26, 30:32] = 70
    image[22:24, 28:30] = 70
    image[35:, 50:] = 400
    return image


@pytest.fixture
def overlapping():
    """Two masks of which the second covers a part of the first, and one without a pixel."""
    masks = np.zeros((3, 30, 40), bool)
    masks[0, 5:20, 5:20] = True
    masks[0, 8:10, 8:10] = False
    masks[1, 10:25, 15:38] = True
    return Instances.from_masks(masks, (30, 40), scores=[0.5, 0.875, 0.25])


def filled(rings, shape):
    """Fill rings of (x, y) pixel corners by the even-odd rule, with scikit-image."""
    from skimage.draw import polygon

    inside = np.zeros(shape, bool)
    for ring in rings:
        # scikit-image has pixel centres at whole numbers.
        x, y = np.asarray(ring, float).T - 0.5
        inside[polygon(y, x, shape)] ^= True
    return inside
