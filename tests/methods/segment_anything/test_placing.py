"""Where there is nothing to ask about."""

import numpy as np
from skimage.draw import disk

from napari_cellbench.methods.segment_anything.placing import FLAT, flat_ground


def photograph():
    """A disc on ground with noise."""
    grey = np.random.default_rng(0).normal(20, 2, (100, 120))
    grey[disk((50, 30), 12)] = 150
    return np.repeat(grey.astype(np.uint8)[..., None], 3, -1)


def test_only_flat_ground_is_flat():
    flat = flat_ground(photograph(), 8)
    assert not flat[disk((50, 30), 12)].any()
    assert flat[:, 60:].all()


def test_a_faint_cell_is_not_flat():
    grey = np.full((60, 60, 3), 30, np.uint8)
    grey[disk((30, 30), 6)] += FLAT + 4
    flat = flat_ground(grey, 8)
    assert not flat[disk((30, 30), 6)].any()
    assert flat[0, 0]
