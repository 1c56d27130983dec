"""Agreement of every two segmentations, against stardist, cellpose and pycocotools."""

import numpy as np
import pytest
from hypothesis import given, settings

from napari_cellbench.data import Instances
from napari_cellbench.errors import InputError
from napari_cellbench.scoring import score
from napari_cellbench.scoring.agreement import Cells, Pairwise, swapped
from napari_cellbench.scoring.counts import THRESHOLDS
from napari_cellbench.scoring.overlap import overlap

from .segmentations import boxes, several

MANY = settings(max_examples=2 * settings.default.max_examples, deadline=None)
FIELDS = (
    "truth_ids",
    "prediction_ids",
    "truth_area",
    "prediction_area",
    "truth_index",
    "prediction_index",
    "intersection",
)


def pairwise(*segmentations) -> Pairwise:
    return Pairwise([Cells.of(labels) for labels in segmentations])


@MANY
@given(labels=boxes())
def test_cells_are_numbered_by_their_label(labels):
    cells = Cells.of(labels)
    ids, numbers = np.unique(labels, return_inverse=True)
    np.testing.assert_array_equal(cells.ids, ids[ids > 0])
    shift = 0 if 0 in ids else 1
    np.testing.assert_array_equal(cells.numbers, numbers.reshape(labels.shape) + shift)
    np.testing.assert_array_equal(cells.area, [(labels == k).sum() for k in cells.ids])


@MANY
@given(segmentations=several)
def test_f1_equals_stardist(segmentations):
    matching = pytest.importorskip("stardist.matching").matching
    found = pairwise(*segmentations).f1()
    np.testing.assert_array_equal(found, found.swapaxes(1, 2))
    for i, a in enumerate(segmentations):
        for j, b in enumerate(segmentations):
            if not a.any() and not b.any():
                assert np.isnan(found[:, i, j]).all()
                continue
            expected = [matching(a, b, thresh=t, criterion="iou").f1 for t in THRESHOLDS]
            np.testing.assert_allclose(found[:, i, j], expected, atol=1e-12)


@settings(max_examples=settings.default.max_examples // 4, deadline=None)
@given(segmentations=several)
def test_ap_equals_pycocotools(pycocotools_eval, segmentations):
    found = pairwise(*segmentations).ap()
    for i, a in enumerate(segmentations):
        for j, b in enumerate(segmentations):
            if i != j:
                precision, _ = pycocotools_eval(
                    [(Instances.from_labels(a), Instances.from_labels(b))]
                )
                np.testing.assert_allclose(found[:, i, j], precision[0].mean(axis=1), atol=1e-12)
        expected = 1.0 if a.any() else np.nan
        np.testing.assert_array_equal(found[:, i, i], np.full(len(THRESHOLDS), expected))


def test_real_segmentations_equal_cellpose(six_segmentations):
    average_precision = pytest.importorskip("cellpose.metrics").average_precision
    names = [name for name in six_segmentations if name not in ("image", "truth")]
    labels = [six_segmentations[name] for name in names]
    found = pairwise(*labels).f1()
    for i, a in enumerate(labels):
        for j, b in enumerate(labels):
            _, tp, fp, fn = average_precision(a, b, list(THRESHOLDS))
            np.testing.assert_allclose(found[:, i, j], 2 * tp / (2 * tp + fp + fn), atol=1e-6)


def test_ap_ranks_by_the_scores(six_segmentations):
    truth, labels = six_segmentations["truth"], six_segmentations["Otsu and watershed"]
    scores = np.random.default_rng(0).random(len(np.unique(labels)) - 1)
    found = Pairwise([Cells.of(truth), Cells.of(labels, scores)]).ap()
    assert found[0, 0, 1] == pytest.approx(score(truth, labels, scores).AP50)
    assert found[0, 1, 0] == pytest.approx(score(labels, truth).AP50)
    assert found[0, 0, 1] != pytest.approx(score(truth, labels).AP50)


@MANY
@given(truth=boxes(), prediction=boxes())
def test_swapped_overlap_is_that_of_swapped_images(truth, prediction):
    there, back = swapped(overlap(truth, prediction)), overlap(prediction, truth)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(there, name), getattr(back, name))


def test_unchanged_pairs_are_not_computed_again(six_segmentations):
    truth = six_segmentations["truth"]
    a, b, c = (Cells.of(np.roll(truth, shift, 0)) for shift in (0, 1, 2))
    first = Pairwise([a, b])
    before = {(i, j): pair for i, j, pair in first.pairs()}
    after = {(i, j): pair for i, j, pair in Pairwise([c, a, b], first).pairs()}
    assert after[1, 2] is before[0, 1]
    np.testing.assert_array_equal(Pairwise([c, a, b], first).f1(), Pairwise([c, a, b]).f1())


def test_bad_input():
    labels = np.zeros((4, 5), np.int32)
    with pytest.raises(InputError, match="two segmentations"):
        pairwise(labels)
    with pytest.raises(InputError, match="4 x 5 and 5 x 4"):
        pairwise(labels, labels.T)
    with pytest.raises(InputError, match="scores"):
        Cells.of(labels, [0.5])
