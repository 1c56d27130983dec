"""The distance that fits the truth best."""

import numpy as np
import pytest
from skimage.segmentation import expand_labels

from napari_cellbench.errors import InputError
from napari_cellbench.morphology import GrowthField, fit_distance
from napari_cellbench.morphology.iterations import dilate, dilate_masks, erode
from napari_cellbench.scoring import DatasetScorer
from napari_cellbench.scoring.overlap import overlap
from napari_cellbench.scoring.paper import mean_best_iou


@pytest.fixture
def nuclei():
    labels = np.zeros((90, 90), np.int32)
    for k in range(9):
        y, x = 12 + 28 * (k // 3), 12 + 28 * (k % 3)
        labels[y : y + 6, x : x + 6 + k % 3] = k + 1
    return labels


def test_finds_how_far_the_truth_was_grown(nuclei):
    truth = expand_labels(nuclei, 4)
    curve = fit_distance([(nuclei, truth)])
    assert curve.best() == curve.best("mAP") == 4
    assert curve.mean_iou[4] == curve.mAP[4] == pytest.approx(1)
    # From 0 pixels, IoU 36 / 120 or so, no cell matches; the first that does is the least distance.
    assert curve.AP50[0] == 0
    assert curve.best("AP50") == curve.distances[curve.AP50.max() == curve.AP50][0]


def test_shrinks_too(nuclei):
    truth = GrowthField(nuclei, 2).at(-1)
    curve = fit_distance([(nuclei, truth)], range(-3, 3))
    assert curve.best() == -1


def test_several_images_are_scored_together(nuclei):
    images = [(nuclei, expand_labels(nuclei, 2)), (nuclei[:50], expand_labels(nuclei, 5)[:50])]
    done = []
    curve = fit_distance(images, [3], done.append)
    scorer = DatasetScorer()
    for labels, truth in images:
        scorer.add(truth, expand_labels(labels, 3))
    assert curve.mAP[0] == pytest.approx(scorer.result().pooled.mAP)
    pairs = [overlap(truth, expand_labels(labels, 3)) for labels, truth in images]
    expected = np.average([mean_best_iou(p) for p in pairs], weights=[p.n_truth for p in pairs])
    assert curve.mean_iou[0] == pytest.approx(expected)
    assert done == [1, 2]


def test_without_truth(nuclei):
    assert np.isnan(fit_distance([(nuclei, nuclei * 0)]).best())


def test_what_does_not_fit(nuclei):
    with pytest.raises(InputError, match="must be equal"):
        fit_distance([(nuclei, nuclei[:50])])
    with pytest.raises(ValueError, match="at least one"):
        fit_distance([])


def test_iterations_by_either_rule():
    labels = np.zeros((9, 20), int)
    labels[3:6, 3:6], labels[3:6, 8:11] = 1, 2
    ways = {
        way: fit_distance([(labels, labels)], (-1, 0, 1, 3), way=way)
        for way in ("iterations", "masks")
    }
    for name, curve in ways.items():
        grow = dilate if name == "iterations" else dilate_masks
        expected = [
            mean_best_iou(overlap(labels, grow(labels, n) if n >= 0 else erode(labels, -n)))
            for n in (-1, 0, 1, 3)
        ]
        np.testing.assert_allclose(curve.mean_iou, expected)
    first, other = (curve.mean_iou for curve in ways.values())
    assert first[2] == other[2]
    assert first[3] > other[3]
    with pytest.raises(InputError, match="whole"):
        fit_distance([(labels, labels)], (0.5,), way="masks")
