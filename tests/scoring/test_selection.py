"""Left-out objects, against a reading of the NeurIPS challenge's rule pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.data import Instances
from napari_cellbench.errors import InputError
from napari_cellbench.scoring import DatasetScorer, score
from napari_cellbench.scoring.selection import EVERYTHING, Selection

noise = st.integers(1, 9).flatmap(
    lambda top: arrays(np.int32, (9, 11), elements=st.integers(0, top), fill=st.just(0))
)
selections = st.builds(
    Selection, st.integers(0, 6), st.integers(0, 4), st.none() | st.integers(4, 9)
)


def kept(labels: np.ndarray, selection: Selection) -> np.ndarray:
    """Wipe out what is left out, object by object."""
    out = labels.copy()
    height, width = labels.shape
    for label in np.unique(labels[labels > 0]):
        rows, columns = np.nonzero(labels == label)
        near = (rows < selection.edge) | (rows >= height - selection.edge)
        near |= (columns < selection.edge) | (columns >= width - selection.edge)
        largest = np.inf if selection.largest is None else selection.largest
        if near.any() or not selection.smallest <= len(rows) <= largest:
            out[labels == label] = 0
    return out


def figures(result) -> dict:
    return {k: v for k, v in result.to_dict().items() if k not in ("selection", "notes")}


@settings(deadline=None)
@given(truth=noise, prediction=noise, selection=selections, masks=st.booleans())
def test_equal_to_wiping_out(truth, prediction, selection, masks):
    expected = score(kept(truth, selection), kept(prediction, selection))
    given = [Instances.from_labels(image) for image in (truth, prediction)]
    if masks:
        given = [Instances.from_masks(one.to_masks(), one.shape) for one in given]
    limits = {"edge": selection.edge, "smallest": selection.smallest, "largest": selection.largest}
    assert figures(score(*given, **limits)) == figures(expected)


def neurips_f1(truth, prediction, threshold=0.5) -> float:
    """F1 of objects that have no pixel in a frame two pixels wide, by a list of all pairs."""
    truth, prediction = (kept(image, Selection(edge=2)) for image in (truth, prediction))
    pairs, number = np.unique(
        np.stack([truth.ravel(), prediction.ravel()]), axis=1, return_counts=True
    )
    areas = [dict(zip(*np.unique(x, return_counts=True), strict=True)) for x in (truth, prediction)]
    right = sum(
        n / (areas[0][t] + areas[1][p] - n) >= threshold
        for t, p, n in zip(*pairs, number, strict=True)
        if t and p
    )
    return 2 * right / (len(areas[0]) + len(areas[1]) - 2)


def test_the_official_f1_on_real_nuclei(shared):
    """A prediction that dilates each nucleus by a pixel and loses every fifth."""
    tifffile = pytest.importorskip("tifffile")
    from napari_cellbench.morphology.iterations import dilate

    files = sorted((shared / "data/dsb2018_fluo/val").glob("*_labels.tif"))[:6]
    for file in files:
        truth = tifffile.imread(file).astype(np.int32)
        prediction = dilate(truth, 1)
        prediction[prediction % 5 == 0] = 0
        expected = neurips_f1(truth, prediction)
        assert score(truth, prediction, edge=2).f1[0] == pytest.approx(expected)


def test_scores_follow_the_objects():
    truth = np.zeros((8, 8), int)
    truth[3:5, 3:5] = 1
    prediction = truth * 5
    prediction[0, 0], prediction[4, 6] = 2, 7
    found = score(truth, prediction, [0.9, 0.8, 0.1], edge=1)
    assert found.n_prediction == 2
    assert pytest.approx(1) == found.AP50
    assert found.to_dict()["selection"] == {"edge": 1, "smallest": 0, "largest": None}
    assert "outermost pixel of the image" in found.notes[0]


def test_a_data_set_selects_in_each_image():
    labels = np.zeros((8, 8), int)
    labels[0, 0], labels[4, 4] = 1, 2
    scorer = DatasetScorer(selection=Selection(edge=2, smallest=1))
    scorer.add(labels, labels)
    scorer.add(labels, labels * 0)
    pooled = scorer.result().pooled
    assert (pooled.n_truth, pooled.n_prediction) == (2, 1)
    assert "outermost 2 pixels of the image, and those of fewer than 1 pixels" in pooled.notes[0]


@pytest.mark.parametrize("limits", [{"edge": -1}, {"smallest": 5, "largest": 4}, {"largest": -2}])
def test_limits_that_can_not_be(limits):
    with pytest.raises(InputError, match="pixels"):
        score(np.zeros((2, 2), int), np.zeros((2, 2), int), **limits)


def test_nothing_is_left_out_by_default():
    assert not EVERYTHING
    assert EVERYTHING.describe() == ""
