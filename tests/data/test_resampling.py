"""Blur, larger pixels and resizing against scipy, skimage and Pillow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from scipy.ndimage import zoom
from skimage.transform import resize as skimage_resize

from napari_cellbench.data import Instances
from napari_cellbench.data.resampling import coarsen, gaussian_blur, resize, resize_objects
from napari_cellbench.scoring import score


def test_blur_of_a_point_is_the_gaussian():
    image = np.zeros((2, 81, 81))
    image[:, 40, 40] = [1, 5]
    blurred = gaussian_blur(image, (4.0, 2.0))
    y, x = np.mgrid[-40:41, -40:41]
    expected = np.exp(-(y**2) / 32 - x**2 / 8) / (2 * np.pi * 4 * 2)
    np.testing.assert_allclose(blurred[0], expected, atol=2e-5)
    np.testing.assert_allclose(blurred[1], 5 * blurred[0])


@pytest.mark.parametrize("factors", [(2.0, 2.0), (5.0, 5.0), (6.0, 1.0)])
def test_coarse_pixels_are_scipys(nuclei, factors):
    image = np.asarray(nuclei.image[:, :240, :300], float)
    sigma = [f / 2 if f > 1 else 0.0 for f in factors]
    channel = gaussian_blur(image, tuple(sigma))[0]
    shrink, grow = [1 / f for f in factors], list(factors)
    options = {"order": 1, "mode": "nearest", "grid_mode": True}
    expected = zoom(zoom(channel, shrink, **options), grow, **options)
    np.testing.assert_allclose(coarsen(image, factors)[0], expected, atol=1e-8 * image.max())


def test_coarse_pixels_lose_what_is_finer_than_they():
    y, x = np.mgrid[:120, :120]
    stripes = np.stack([np.sin(x * np.pi / 2), np.sin(y * np.pi / 2)])
    both, one = coarsen(stripes, (5.0, 5.0)), coarsen(stripes, (5.0, 1.0))
    assert np.abs(both[:, 20:-20, 20:-20]).max() < 0.001
    assert np.abs(one[1, 20:-20]).max() < 0.001
    np.testing.assert_allclose(one[0], stripes[0], atol=1e-6)


@pytest.mark.parametrize("factor", [0.25, 0.6, 1.7, 4.0])
def test_resizing_is_skimages(nuclei, factor):
    image = np.asarray(nuclei.image[:, :200, :150], float)
    shape = (round(200 * factor), round(150 * factor))
    expected = skimage_resize(image[0], shape, order=1, anti_aliasing=factor < 1, mode="edge")
    inner = (slice(4, -4), slice(4, -4))
    np.testing.assert_allclose(resize(image, shape)[0][inner], expected[inner], rtol=1e-6)


@given(
    labels=hnp.arrays(np.int32, st.tuples(*[st.integers(1, 20)] * 2), elements=st.integers(0, 5)),
    shape=st.tuples(*[st.integers(1, 40)] * 2),
)
@settings(deadline=None)
def test_objects_are_resized_as_pillow_does(labels, shape):
    expected = np.asarray(Image.fromarray(labels).resize(shape[::-1], Image.Resampling.NEAREST))
    objects = Instances.from_labels(labels)
    # Where a new pixel's centre is on the edge of an old one, both neighbours are nearest.
    ties = [
        (2 * np.arange(new) + 1) * old % (2 * new) == 0
        for new, old in zip(shape, labels.shape, strict=True)
    ]
    expected = np.where(ties[0][:, None] | ties[1], resize_objects(objects, shape).labels, expected)
    np.testing.assert_array_equal(resize_objects(objects, shape).labels, expected)
    masks = resize_objects(Instances.from_masks(objects.to_masks(), objects.shape), shape)
    assert len(masks) == len(set(expected.ravel().tolist()) - {0})
    as_labels = Instances.from_labels(expected)
    # Without objects, no figure is defined.
    expected_iou = pytest.approx(1 if len(masks) else np.nan, nan_ok=True)
    assert score(as_labels, masks).mean_iou == expected_iou


def test_scores_go_with_their_objects():
    labels = np.zeros((30, 30), np.int32)
    labels[0, 0], labels[10:20, 10:20], labels[25:, 25:] = 4, 7, 9
    small = resize_objects(Instances.from_labels(labels, [0.1, 0.2, 0.3]), (6, 6))
    assert small.ids.tolist() == [7, 9]
    np.testing.assert_array_equal(small.scores, np.float32([0.2, 0.3]))
