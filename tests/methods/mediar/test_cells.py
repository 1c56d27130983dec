import numpy as np
import pytest
from skimage.draw import disk

from napari_cellbench.methods.mediar.cells import MOST, SHARE, brightened, without_edges


def many(side=40):
    """A square of one pixel in each of side x side cells of their own."""
    labels = np.zeros((2 * side, 2 * side), np.uint16)
    labels[::2, ::2] = np.arange(1, side**2 + 1).reshape(side, side)
    return labels


def test_some_cells_get_brighter_and_nothing_else_changes():
    labels = many()
    image = np.full((3, *labels.shape), 0.5, np.float32)
    found = brightened(np.random.default_rng(0), image, labels)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[:, labels == 0], image[:, labels == 0])
    factors = found[0][labels > 0] / 0.5
    changed = factors > 1
    count = len(factors)
    assert changed.mean() == pytest.approx(SHARE, abs=4 * np.sqrt(SHARE * (1 - SHARE) / count))
    assert factors.min() == 1
    assert MOST / 2 + 1 < factors.max() <= 1 + MOST
    np.testing.assert_array_equal(found[0], found[2])


def test_each_cell_has_one_factor():
    labels = np.zeros((60, 60), np.uint16)
    for label, x in enumerate((12, 30, 48), start=1):
        labels[disk((30, x), 8, shape=labels.shape)] = label
    image = np.random.default_rng(1).random((1, 60, 60), np.float32) + 0.1
    ratio = brightened(np.random.default_rng(2), image, labels) / image
    for label in (1, 2, 3):
        assert np.ptp(ratio[0][labels == label]) < 1e-6


def test_an_image_without_cells_stays():
    image = np.ones((3, 8, 8), np.float32)
    labels = np.zeros((8, 8), np.uint16)
    np.testing.assert_array_equal(brightened(np.random.default_rng(0), image, labels), image)
    np.testing.assert_array_equal(without_edges(labels), labels)


def test_edges_are_taken_off_large_cells():
    labels = np.zeros((60, 60), np.uint16)
    labels[5:25, 5:25], labels[5:25, 25:45], labels[40:50, 40:50] = 1, 2, 3
    found = without_edges(labels)
    expected = np.zeros_like(labels)
    expected[6:24, 6:24], expected[6:24, 26:44] = 1, 2
    # Too small to lose a pixel all around.
    expected[40:50, 40:50] = 3
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == labels.dtype


def test_the_edge_of_the_image_is_no_edge_of_a_cell():
    labels = np.zeros((40, 40), np.uint16)
    labels[:20, :20] = 1
    expected = np.zeros_like(labels)
    expected[:19, :19] = 1
    np.testing.assert_array_equal(without_edges(labels), expected)
