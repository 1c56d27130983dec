import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.methods.dsb2018.second.cells import (
    Found,
    Thresholds,
    climbed,
    grown,
    inconsistencies,
    joined,
)
from napari_cellbench.methods.dsb2018.second.positions import (
    global_positions,
    local_positions,
    weights,
)


def blobs(seed, size=40):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, : size + 3]
    labels = np.zeros(y.shape, np.int32)
    for number in range(1, 6):
        (row, column), radius = rng.integers(0, size, 2), rng.integers(5, 9)
        labels[((y - row) ** 2 + (x - column) ** 2 < radius**2) & (labels == 0)] = number
    return labels


@given(st.integers(0, 10_000))
def test_local_positions_are_global_ones_of_each_row(seed):
    """By hand, for two directions, of a shape with gaps."""
    labels = blobs(seed)
    local = local_positions(labels)
    for row in range(0, len(labels), 7):
        one = np.zeros_like(labels)
        # A run each: a cell may have two in a row.
        runs = np.cumsum(np.diff(labels[row], prepend=0) != 0)
        one[row] = np.where(labels[row] > 0, runs, 0)
        np.testing.assert_allclose(local[1, row], global_positions(one)[1, row], atol=1e-6)
    turned = local_positions(np.ascontiguousarray(labels.T))
    np.testing.assert_allclose(turned[0].T, local[1])
    np.testing.assert_allclose(turned[2].T, local[2])


@given(st.integers(0, 10_000))
def test_mirrored_cells_lie_the_other_way_round(seed):
    labels = blobs(seed)
    for positions in (global_positions, local_positions):
        found = positions(labels)
        mirrored = positions(labels[:, ::-1])[:, :, ::-1]
        np.testing.assert_allclose(mirrored[0], found[0], atol=1e-6)
        np.testing.assert_allclose(mirrored[1], -found[1], atol=1e-6)
        np.testing.assert_allclose(mirrored[2], found[3], atol=1e-6)
        assert not found[:, labels == 0].any()


def test_small_cells_weigh_as_much_as_large_ones():
    labels = np.zeros((60, 60), np.int32)
    labels[5:15, 5:15], labels[20:50, 20:50] = 1, 2
    found = weights(labels)
    assert found[10, 10] == pytest.approx(1, abs=0.01)
    assert found[35, 35] == pytest.approx(100 / 900, abs=0.001)
    assert found[10, 40] == pytest.approx(100 / 1500, abs=0.001)


def test_cells_come_back_from_their_positions():
    labels = np.zeros((60, 70), np.int32)
    labels[5:25, 5:25], labels[5:25, 25:45], labels[30:55, 10:60] = 1, 2, 3
    places, mask = local_positions(labels), (labels > 0).astype(np.float32)
    found = grown(climbed(mask, places, Thresholds()), mask)
    assert found.max() == 3
    for number in (1, 2, 3):
        cell = labels == number
        same = found == np.bincount(found[cell]).argmax()
        assert (cell & same).sum() / (cell | same).sum() > 0.9
    assert (inconsistencies(found, places) < 0.2).all()
    assert not climbed(mask, places, Thresholds(mask=1)).any()
    assert not climbed(mask, places, Thresholds(smallest=1500)).any()


def test_holes_are_filled_and_bays_at_the_edge():
    labels = np.zeros((60, 60), np.int32)
    labels[:40, 20:50] = 1
    places, mask = local_positions(labels), (labels > 0).astype(np.float32)
    mask[:5, 32:37] = mask[18:22, 33:37] = 0
    found = climbed(mask, places, Thresholds())
    assert found[20, 35] == found[2, 34] == found[10, 30] > 0


def test_the_most_consistent_cells_win():
    first, second = np.zeros((2, 20, 30), np.int32)
    first[2:12, 2:12], first[2:12, 15:25] = 1, 2
    second[2:12, 4:14], second[14:19, 2:10] = 1, 2
    found = [Found(first, np.array([0.1, 0.3])), Found(second, np.array([0.05, 0.15]))]
    labels, scores = joined(found, 0.2)
    # Of the first there are only two columns left; its second is dropped.
    assert labels.max() == len(scores) == 2
    np.testing.assert_array_equal(labels == 1, second == 1)
    np.testing.assert_array_equal(labels == 2, second == 2)
    assert scores.tolist() == pytest.approx([0.75, 0.25])
    labels, _ = joined(found, 0.4)
    assert labels.max() == 3
