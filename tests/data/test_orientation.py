"""Tests of turning images upright, against Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from napari_cellbench.data.orientation import orientation_of, turned, turned_shape


@pytest.mark.parametrize("orientation", range(1, 9))
def test_is_pillows(orientation):
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    picture = Image.fromarray(image)
    picture.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(picture))
    found = turned(image[None], orientation)
    np.testing.assert_array_equal(found[0], expected)
    assert found.shape == turned_shape((1, 3, 4), orientation)


def test_nonsense_is_upright():
    assert {orientation_of(stated) for stated in (None, 0, 9, "6", 2.0, (6,))} == {1}
    assert orientation_of(np.uint16(6)) == 6
