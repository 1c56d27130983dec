"""Agreement of outlines."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from napari_cellbench.data import Instances
from napari_cellbench.errors import InputError
from napari_cellbench.scoring import score
from napari_cellbench.scoring.boundary import (
    BoundaryCounts,
    boundary_counts,
    boundary_score,
    checked_boundary,
)

noise = arrays(np.int32, (9, 10), elements=st.integers(0, 3), fill=st.just(0))


def square(y, x, side=8, shape=(30, 40)):
    labels = np.zeros(shape, int)
    labels[y : y + side, x : x + side] = 1
    return labels


def outline(labels):
    """Pixels of objects with a neighbour along an axis that belongs to something else."""
    pixels = []
    for y, x in zip(*np.nonzero(labels), strict=True):
        for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            there = y + dy, x + dx
            inside = 0 <= there[0] < labels.shape[0] and 0 <= there[1] < labels.shape[1]
            if inside and labels[there] != labels[y, x]:
                pixels.append((y, x))
                break
    return np.array(pixels, float).reshape(-1, 2)


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(truth=noise, prediction=noise, tolerance=st.sampled_from([0, 1, 1.5, 2, 3]))
def test_all_pairs_of_boundary_pixels(truth, prediction, tolerance):
    t, p = outline(truth), outline(prediction)
    if not len(t) or not len(p):
        return
    distances = cdist(p, t)
    found = boundary_score(truth, prediction, tolerance)
    assert found.precision == pytest.approx((distances.min(axis=1) <= tolerance).mean())
    assert found.recall == pytest.approx((distances.min(axis=0) <= tolerance).mean())


@given(masks=arrays(np.bool_, (3, 9, 10)), prediction=noise)
def test_masks_that_overlap_have_their_own_boundaries(masks, prediction):
    outlines = [outline(mask.astype(int)) for mask in masks]
    expected = np.unique(np.concatenate(outlines), axis=0)
    masks = Instances.from_masks(masks, (9, 10))
    counts = boundary_counts(masks, prediction, 0)
    assert counts.n_truth == len(expected)
    both = {*map(tuple, expected)} & {*map(tuple, outline(prediction))}
    assert counts.near_truth == counts.near_prediction == len(both)


def test_score_takes_the_outlines_of_masks_that_count():
    small, large, far = (np.zeros((30, 40), bool) for _ in range(3))
    small[2:8, 2:8], large[5:20, 5:20], far[25:27, 30:33] = True, True, True
    masks = Instances.from_masks(np.stack([small, large, far]), (30, 40))
    found = score(masks, masks, boundary=0, smallest=10)
    assert found.boundary_f == 1
    without = Instances.from_masks(np.stack([small, large]), (30, 40))
    assert score(masks, without, boundary=0).boundary_f < 1
    assert score(masks, without, boundary=0, smallest=10).boundary_f == 1


def test_precision_and_recall_differ():
    """An extra object costs precision only."""
    truth = square(2, 2)
    prediction = truth + 2 * square(18, 25)
    result = boundary_score(truth, prediction, 1)
    assert (result.precision, result.recall) == (0.5, 1)
    assert result.f == pytest.approx(2 / 3)


def test_touching_objects_have_a_boundary():
    whole = square(10, 10)
    halves = whole.copy()
    halves[10:18, 14:18] = 2
    assert boundary_score(halves, whole, 0).recall < 1


def test_without_boundaries():
    empty = square(0, 0, 0)
    assert np.isnan(boundary_score(empty, empty).f)
    for pair in ((empty, square(3, 3)), (square(3, 3), empty)):
        assert boundary_score(*pair).f == 0


def test_shapes_differ():
    with pytest.raises(InputError):
        boundary_score(np.zeros((3, 4), int), np.zeros((4, 3), int))


@settings(max_examples=settings.default.max_examples, deadline=None)
@given(pairs=st.lists(st.tuples(noise, noise), min_size=1, max_size=4))
def test_images_together_are_one_large_image(pairs):
    """Of images that lie apart in it, each with a rim of background."""
    apart = [tuple(np.pad(side, 5) for side in pair) for pair in pairs]
    counts = sum((boundary_counts(*pair, 1) for pair in apart), BoundaryCounts(0, 0, 0, 0))
    one = [np.concatenate([pair[side] for pair in apart], axis=1) for side in (0, 1)]
    assert counts.score().f == pytest.approx(boundary_score(*one, 1).f, nan_ok=True)


def test_on_request_only():
    truth, found = square(2, 2), square(3, 3)
    assert "boundary_f" not in score(truth, found).to_dict()
    asked = score(truth, found, boundary=1)
    assert asked.boundary_f == pytest.approx(boundary_score(truth, found, 1).f)
    assert asked.to_dict()["boundary"] == 1
    assert replace(asked, boundary=None, boundary_f=math.nan) == score(truth, found)


def test_objects_that_do_not_count_have_no_boundary():
    truth = square(0, 0) + 2 * square(12, 12)
    found = square(12, 12)
    assert score(truth, found, boundary=1).boundary_f < 1
    assert score(truth, found, edge=1, boundary=1).boundary_f == 1


@pytest.mark.parametrize("tolerance", [-1.0, math.nan, math.inf])
def test_tolerance_that_cannot_be(tolerance):
    with pytest.raises(InputError, match="give pixels"):
        checked_boundary(tolerance)
