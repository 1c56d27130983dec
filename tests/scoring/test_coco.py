"""COCO's figures against pycocotools and faster-coco-eval, on many small hard cases."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.data import Instances
from napari_cellbench.errors import InputError
from napari_cellbench.scoring.coco import AREA_RANGES, accumulate, match_image
from napari_cellbench.scoring.overlap import overlap

SHAPE = (7, 9)
MANY = settings(
    max_examples=4 * settings.default.max_examples,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# Noise of a few labels is the hardest image: scattered objects, one-pixel objects, equal IoUs.
noise = st.integers(0, 8).flatmap(
    lambda top: arrays(np.int32, SHAPE, elements=st.integers(0, top), fill=st.just(0))
)


@st.composite
def labelled(draw: st.DrawFn) -> Instances:
    """Objects with scores of which many are equal, or without."""
    labels = draw(noise)
    n = len(np.unique(labels[labels > 0]))
    few = st.sampled_from([0.1, 0.5, 0.9])
    scores = draw(st.none() | st.lists(few, min_size=n, max_size=n))
    return Instances.from_labels(labels, scores)


@st.composite
def overlapping(draw: st.DrawFn, scored: bool = True) -> Instances:
    """Rectangles that overlap, repeat and may be empty."""
    n = draw(st.integers(0, 7))
    masks = np.zeros((n, *SHAPE), bool)
    for mask in masks:
        y, x = draw(st.integers(0, 5)), draw(st.integers(0, 7))
        mask[y : y + draw(st.integers(0, 5)), x : x + draw(st.integers(0, 5))] = True
    few = st.sampled_from([0.25, 0.5, 0.75])
    scores = draw(st.lists(few, min_size=n, max_size=n)) if scored else None
    return Instances.from_masks(masks, SHAPE, scores)


def evaluate(images, crowd=None):
    matches = []
    for i, (truth, prediction) in enumerate(images):
        flags = crowd[i] if crowd else None
        matches.append(
            match_image(overlap(truth, prediction), prediction.scores, flags, AREA_RANGES)
        )
    result = accumulate(matches)
    return result.precision, result.recall


def check(ours, reference):
    for mine, theirs in zip(ours, reference, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-9)


@MANY
@given(truth=noise.map(Instances.from_labels), prediction=labelled())
def test_label_images_equal_pycocotools(pycocotools_eval, truth, prediction):
    images = [(truth, prediction)]
    check(evaluate(images), pycocotools_eval(images))


@MANY
@given(data=st.data(), truth=overlapping(scored=False), prediction=overlapping())
def test_overlapping_masks_with_crowds_equal_pycocotools(pycocotools_eval, data, truth, prediction):
    crowd = [data.draw(st.lists(st.booleans(), min_size=len(truth), max_size=len(truth)))]
    images = [(truth, prediction)]
    check(evaluate(images, crowd), pycocotools_eval(images, crowd))


@settings(MANY, max_examples=3 * settings.default.max_examples // 2)
@given(
    images=st.lists(
        st.tuples(
            noise.map(Instances.from_labels) | overlapping(scored=False),
            labelled() | overlapping(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_sets_of_images_equal_pycocotools(pycocotools_eval, images):
    check(evaluate(images), pycocotools_eval(images))


@settings(MANY, max_examples=3 * settings.default.max_examples // 2)
@given(truth=overlapping(scored=False), prediction=overlapping())
def test_equal_to_faster_coco_eval(faster_coco_eval, truth, prediction):
    if not len(truth) or not len(prediction):
        return
    images = [(truth, prediction)]
    check(evaluate(images), faster_coco_eval(images))


def test_area_ranges_equal_pycocotools(pycocotools_eval):
    """Objects on both sides of 32 x 32 and 96 x 96 pixels, and exactly of these sizes."""
    rng = np.random.default_rng(0)
    truth, prediction = np.zeros((2, 420, 420), np.int32)
    for k, side in enumerate([10, 31, 32, 33, 60, 95, 96, 97], start=1):
        y, x = divmod(k - 1, 4)
        y, x = 10 + 110 * y, 5 + 100 * x
        truth[y : y + side, x : x + side] = k
        dy, dx = rng.integers(0, 3, 2)
        prediction[y + dy : y + side, x + dx : x + side] = k
    prediction[300:332, 10:42] = 20
    images = [
        (
            Instances.from_labels(truth),
            Instances.from_labels(prediction, rng.random(len(np.unique(prediction)) - 1)),
        )
    ]
    check(evaluate(images), pycocotools_eval(images))


def test_area_ranges_by_annotated_areas_equal_pycocotools(pycocotools_eval):
    rng = np.random.default_rng(5)
    truth = np.kron(np.arange(1, 10).reshape(3, 3), np.ones((20, 20), np.int32))
    truth[::20] = truth[:, ::20] = 0
    prediction = np.roll(truth, 2, axis=1)
    areas = rng.choice([100.5, 1024, 5000, 9216, 20_000], 9).tolist()
    images = [(Instances.from_labels(truth), Instances.from_labels(prediction, rng.random(9)))]
    matches = match_image(
        overlap(truth, prediction), images[0][1].scores, areas=AREA_RANGES, true_areas=areas
    )
    ours = accumulate([matches])
    check((ours.precision, ours.recall), pycocotools_eval(images, areas=[areas]))


@given(data=st.data())
def test_range_of_ap_is_that_of_all_orders(data):
    cells = data.draw(st.integers(1, 5))
    truth = np.zeros((3, 12), np.int32)
    prediction = truth.copy()
    for cell in range(cells):
        truth[0, 2 * cell : 2 * cell + 2] = cell + 1
        row = data.draw(st.integers(0, 2))
        prediction[row, 2 * cell : 2 * cell + 2] = cell + 1
    pairs = overlap(truth, prediction)
    orders = list(permutations(range(cells)))
    found = [accumulate([match_image(pairs, np.array(order, float))]) for order in orders]
    for threshold in (None, 0.5, 0.75):
        values = [result.ap(threshold) for result in found]
        expected = pytest.approx((min(values), max(values)), abs=1e-9)
        assert found[0].ap_range(threshold) == expected


def test_more_than_3000_detections_equal_pycocotools(pycocotools_eval):
    rng = np.random.default_rng(1)
    labels = np.arange(1, 3201, dtype=np.int32).reshape(80, 40)
    truth = np.where(labels % 20 == 0, labels, 0)
    scores = rng.integers(0, 50, 3200) / 64
    images = [(Instances.from_labels(truth), Instances.from_labels(labels, scores))]
    check(evaluate(images), pycocotools_eval(images))


def test_scores_keep_double_precision():
    """Two scores that differ in the last bits rank as they should."""
    truth = np.array([[1, 1, 0, 0]])
    prediction = np.array([[1, 1, 0, 2]])
    pairs = overlap(truth, prediction)
    better = accumulate([match_image(pairs, [0.1 + 1e-12, 0.1])])
    worse = accumulate([match_image(pairs, [0.1, 0.1 + 1e-12])])
    assert better.ap() == pytest.approx(1)
    assert worse.ap() == pytest.approx(0.5)


@pytest.mark.parametrize("scores", [[0.5], [0.5, np.nan], [[0.5, 0.5]]])
def test_scores_that_do_not_fit(scores):
    pairs = overlap(np.array([[1, 1, 0, 0]]), np.array([[1, 1, 0, 2]]))
    with pytest.raises(InputError, match="score"):
        match_image(pairs, scores)


def test_crowd_flags_that_do_not_fit():
    with pytest.raises(InputError, match="crowd"):
        match_image(overlap(np.array([[1]]), np.array([[1]])), crowd=[True, False])
