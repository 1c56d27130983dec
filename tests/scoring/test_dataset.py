"""A data set's score against pycocotools, stardist and the images' own scores."""

import numpy as np
import pytest

from napari_cellbench.data import Instances
from napari_cellbench.scoring import DatasetScorer, score
from napari_cellbench.scoring.counts import THRESHOLDS
from napari_cellbench.scoring.jaccard import aggregated_jaccard
from napari_cellbench.scoring.overlap import overlap
from napari_cellbench.scoring.paper import paper_score, precision_recall


@pytest.fixture(scope="module")
def images():
    """Five images of blocks, moved and with noise; one without truth and one without prediction."""
    rng = np.random.default_rng(3)
    out = []
    for k in range(5):
        truth = np.kron(np.arange(1, 26).reshape(5, 5), np.ones((6, 6), int))
        truth[::6] = truth[:, ::6] = 0
        prediction = np.roll(truth, rng.integers(-1, 2, 2), (0, 1))
        prediction[rng.random(prediction.shape) < 0.1 * k] = 0
        out.append((truth, prediction, rng.integers(1, 9, len(np.unique(prediction)) - 1) / 8))
    out[1] = (out[1][0] * 0, *out[1][1:])
    out[3] = (out[3][0], out[3][1] * 0, out[3][2][:0])
    return out


@pytest.fixture(scope="module")
def result(images):
    scorer = DatasetScorer()
    for truth, prediction, scores in images:
        assert scorer.add(truth, prediction, scores) == score(truth, prediction, scores) or (
            not truth.any()  # NaN is not equal to itself
        )
    return scorer.result()


def test_coco_over_all_images(images, result, pycocotools_eval):
    precision, recall = pycocotools_eval(
        [(Instances.from_labels(t), Instances.from_labels(p, s)) for t, p, s in images]
    )
    assert result.pooled.mAP == pytest.approx(precision[0].mean(), abs=1e-9)
    assert pytest.approx(precision[0, 0].mean(), abs=1e-9) == result.pooled.AP50
    assert pytest.approx(recall[0, 5], abs=1e-9) == result.pooled.AR75


def test_counts_over_all_images(images, result):
    matching_dataset = pytest.importorskip("stardist.matching").matching_dataset
    reference = matching_dataset(
        [t for t, _, _ in images], [p for _, p, _ in images], THRESHOLDS, show_progress=False
    )
    for k, expected in enumerate(reference):
        for name in ("precision", "recall", "f1", "accuracy"):
            assert getattr(result.pooled, name)[k] == pytest.approx(getattr(expected, name))
    assert result.pooled.pq == pytest.approx(reference[0].panoptic_quality, abs=1e-6)
    assert result.pooled.mean_iou == pytest.approx(reference[0].mean_matched_score, abs=1e-6)


def test_jaccard_index_of_all_pixels_together(images, result):
    """By the algorithm of its paper on one image that has all of them side by side."""
    height = max(t.shape[0] for t, _, _ in images)
    true, found, ids = [], [], [0, 0]
    for truth, prediction, _ in images:
        for side, labels, i in ((true, truth, 0), (found, prediction, 1)):
            apart = np.where(labels > 0, labels + ids[i], 0)
            ids[i] += int(labels.max(initial=0))
            side.append(np.pad(apart, ((0, height - labels.shape[0]), (0, 0))))
    together = overlap(np.concatenate(true, 1), np.concatenate(found, 1))
    assert result.pooled.aji == pytest.approx(aggregated_jaccard(together))
    each = [score(*image).aji for image in images]
    assert result.mean("aji") == pytest.approx(np.nanmean(each))


def test_means_over_images(images, result):
    each = [score(*image) for image in images]
    assert result.mean("accuracy") == pytest.approx(np.mean([s.accuracy for s in each], axis=0))
    assert result.mean("error_rate") == pytest.approx(
        np.mean([s.error_rate for s in each if s.n_truth])
    )


def test_medians_over_images(images, result):
    each = [score(*image) for image in images]
    assert result.median("f1") == pytest.approx(np.median([s.f1 for s in each], axis=0))
    assert result.median("pq") == pytest.approx(np.median([s.pq for s in each]))
    assert result.median("mAP") == pytest.approx(np.median([s.mAP for s in each if s.n_truth]))


def test_images_that_both_call_empty_are_left_out(images):
    alone, among = DatasetScorer(), DatasetScorer()
    empty = np.zeros((5, 5), int)
    for image in images:
        alone.add(*image)
        among.add(*image)
        among.add(empty, empty)
    alone, among = alone.result(), among.result()
    for figure in ("f1", "accuracy", "precision", "recall", "pq", "mAP", "error_rate"):
        assert among.mean(figure) == pytest.approx(alone.mean(figure))
        assert among.median(figure) == pytest.approx(alone.median(figure))
    assert "5 of 10 images have neither true nor predicted objects" in " ".join(among.pooled.notes)
    assert alone.pooled.notes == ()


def test_paper_over_images(images, result):
    expected = paper_score([precision_recall(overlap(t, p)) for t, p, _ in images])
    np.testing.assert_array_equal(result.paper.ap, expected.ap)
    np.testing.assert_array_equal(result.paper.ar, expected.ar)


def test_nothing_defined():
    scorer = DatasetScorer()
    scorer.add(np.zeros((3, 3), int), np.ones((3, 3), int))
    assert np.isnan(scorer.result().mean("mAP"))
    with pytest.raises(ValueError, match="at least one"):
        DatasetScorer().result()
