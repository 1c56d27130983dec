"""Tests of what is told apart: label images, and images given in their place."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.draw import disk

from napari_cellbench.data.images import read_image, read_labels
from napari_cellbench.data.label_check import looks_like_image
from napari_cellbench.errors import InputError


def files(shared, pattern, count):
    found = sorted((shared / "data").rglob(pattern))
    assert found
    # Of each set some: all 1,239 were measured once.
    return found[:: max(1, len(found) // count)]


def variants(image):
    y, x = (side // 2 for side in image.shape)
    top = max(int(image.max()), 1)
    yield image
    yield image[:y, :x]
    yield (image / top * 255).astype(np.uint8)
    yield np.rint(gaussian_filter(image / top, 1) * 60000).astype(np.uint16)
    yield np.where(image > np.percentile(image, 70), image, 0)


def test_real_images_are_no_labels(shared):
    for path in files(shared, "*_image.tif", 40):
        for channel in read_image(path).image:
            for variant in variants(channel):
                assert looks_like_image(variant), path


def test_real_labels_are_labels(shared):
    for path in files(shared, "*_labels*.tif", 60):
        labels = read_labels(path)
        y, x = (side // 2 for side in labels.shape)
        for variant in (labels, labels[:y, :x], labels[::3, ::3], labels > 0, labels % 20):
            assert not looks_like_image(variant), path


def test_the_file_is_refused_with_what_to_do(tmp_path, shared):
    path = files(shared, "*_image.tif", 1)[0]
    pixels = read_image(path).image[0]
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    with pytest.raises(InputError, match=r"a\.tif looks like an image.*Choose the file of labels"):
        read_labels(tmp_path / "a.tif")


@settings(deadline=None)
@given(radius=st.integers(3, 12), step=st.integers(1, 1000), seed=st.integers(0, 99))
def test_discs_of_any_numbers_are_labels(radius, step, seed):
    labels = np.zeros((150, 150), np.int64)
    rng = np.random.default_rng(seed)
    for i, centre in enumerate(rng.integers(0, 150, (80, 2)), 1):
        labels[disk(centre, radius, shape=labels.shape)] = i * step
    assert not looks_like_image(labels)


def test_what_proves_nothing_is_labels():
    for labels in (
        np.zeros((50, 50), int),
        np.ones((50, 50), int),
        np.arange(100).reshape(10, 10),
        np.zeros((0, 5), int),
    ):
        assert not looks_like_image(labels)
