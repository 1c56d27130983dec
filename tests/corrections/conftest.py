"""Cells to work on."""

import numpy as np
import pytest
from skimage.draw import disk


@pytest.fixture
def labels() -> np.ndarray:
    """Four round cells: 1 and 2 touch, 3 is at the edge, 7 is small and stands alone."""
    made = np.zeros((64, 80), np.int32)
    for cell, centre, radius in (
        (1, (20, 20), 9),
        (2, (20, 38), 9.5),
        (3, (55, 72), 12),
        (7, (45, 30), 4),
    ):
        where = disk(centre, radius, shape=made.shape)
        free = made[where] == 0
        made[where[0][free], where[1][free]] = cell
    return made
