"""What the panel and the command line show."""

import json
import subprocess
import sys

import numpy as np
import pytest

from napari_cellbench.data import Instances
from napari_cellbench.errors import InputError
from napari_cellbench.scoring import score

KEYS = (
    "mAP AP50 AP75 AR50 AR75 thresholds precision recall f1 accuracy dsb_score pq sq rq "
    "error_rate mean_iou aji n_truth n_prediction splits merges ranked mAP_range AP50_range "
    "AP75_range selection notes"
)
EMPTY = np.zeros((5, 6), np.int32)
ONE = EMPTY.copy()
ONE[1:3, 1:4] = 7


def test_perfect():
    result = score(ONE, ONE).to_dict()
    assert " ".join(result) == KEYS
    assert result["thresholds"] == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    for name in ("mAP", "AP50", "AP75", "AR50", "AR75", "dsb_score", "pq", "sq", "rq", "aji"):
        assert result[name] == pytest.approx(1, abs=1e-12), name
    for name in ("precision", "recall", "f1", "accuracy"):
        assert result[name] == [1.0] * 10
    assert (result["error_rate"], result["n_truth"], result["n_prediction"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("truth", "prediction", "ap", "error_rate", "counted"),
    [(EMPTY, EMPTY, None, None, None), (EMPTY, ONE, None, None, 0.0), (ONE, EMPTY, 0.0, 1.0, 0.0)],
)
def test_nothing_there(truth, prediction, ap, error_rate, counted):
    """AP as pycocotools, where -1 stands for undefined; the counts 0 where one side has objects."""
    found = score(truth, prediction)
    result = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (result["mAP"], result["AR50"], result["error_rate"]) == (ap, ap, error_rate)
    assert result["accuracy"] == result["f1"] == result["precision"] == [counted] * 10
    assert [result[name] for name in ("dsb_score", "pq", "sq", "mean_iou")] == [counted] * 4
    said = " ".join(found.notes)
    assert ("left out of means" in said) == (counted is None)
    assert ("truth has no object" in said) == (ap is None and counted is not None)


def test_an_image_without_pixels():
    assert score(np.zeros((0, 4), int), np.zeros((0, 4), int)).n_truth == 0


def test_shapes_differ():
    with pytest.raises(InputError, match="5 x 6 pixels, the prediction 6 x 5"):
        score(EMPTY, EMPTY.T)


@pytest.mark.parametrize("dtype", [bool, np.uint8, ">u2", np.int64, np.float64])
def test_any_whole_numbers(dtype):
    result = score((ONE > 0).astype(dtype), ONE)
    assert pytest.approx(1) == result.AP50


def test_not_a_label_image():
    with pytest.raises(InputError, match="whole numbers"):
        score(ONE, ONE * 0.3)
    with pytest.raises(InputError, match="must be"):
        score(ONE, ONE[0])


def test_large_ids():
    """Ids may be as large as int32 goes without memory in proportion."""
    far = np.where(ONE > 0, np.iinfo(np.int32).max, 0)
    assert score(far, ONE).mAP == pytest.approx(1)


def test_scores_rank_the_predictions():
    prediction = ONE.copy()
    prediction[4, 5] = 9
    instances = Instances.from_labels(prediction, [0.1, 0.9])
    results = (
        score(ONE, prediction, [0.9, 0.1]),
        score(ONE, prediction, [0.1, 0.9]),
        score(ONE, instances),
    )
    assert [result.AP50 for result in results] == pytest.approx([1, 0.5, 0.5])


def test_order_of_ids_without_scores():
    """AP depends on it, and the range that is told doesn't."""
    truth = np.zeros((8, 8), int)
    truth[1:3, 1:7] = 1
    prediction = truth.copy()
    prediction[5, 5] = 2
    last, first = score(truth, prediction), score(truth, (3 - prediction) * (prediction > 0))
    assert pytest.approx([1, 0.5]) == [last.AP50, first.AP50]
    for found in (last, first):
        assert found.AP50_range == pytest.approx((0.5, 1))
        assert "AP50 from 0.500 to 1.000" in " ".join(found.notes)
        assert not found.ranked
    ranked = score(truth, prediction, [0.1, 0.2])
    assert ranked.ranked
    assert ranked.notes == ()


def test_more_objects_than_cocos_limit():
    labels = np.arange(1, 3301).reshape(60, 55)
    found = score(labels, labels)
    assert pytest.approx(1) == found.mAP
    assert "3,300 predicted objects" in " ".join(found.notes)
    assert not score(labels[:50], labels[:50]).notes


def test_import_is_light():
    """The compiler and scipy load when something is scored, not when napari starts."""
    code = (
        "import sys, napari_cellbench.scoring\n"
        "assert not {'numba', 'scipy', 'skimage', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
