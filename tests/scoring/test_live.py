"""The live score equals a full one after every edit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.errors import InputError
from napari_cellbench.scoring import score
from napari_cellbench.scoring.live import LiveScore

SHAPE = (8, 10)
labels = arrays(np.int32, SHAPE, elements=st.integers(0, 5), fill=st.just(0))


@st.composite
def regions(draw):
    """A rectangle, scattered pixels, or a boolean image."""
    kind = draw(st.sampled_from(["rectangle", "pixels", "mask"]))
    if kind == "rectangle":
        y, x = draw(st.integers(0, 7)), draw(st.integers(0, 9))
        return np.s_[y : y + draw(st.integers(0, 8)), x : x + draw(st.integers(0, 10))]
    mask = draw(arrays(bool, SHAPE, elements=st.booleans(), fill=st.just(False)))
    return np.nonzero(mask) if kind == "pixels" else mask


@settings(max_examples=3 * settings.default.max_examples, deadline=None)
@given(data=st.data(), truth=labels, prediction=labels, scored=st.booleans())
def test_equal_to_full_rescoring(data, truth, prediction, scored):
    confidence = None
    by_id = {}
    if scored:
        ids = np.unique(prediction[prediction > 0])
        confidence = data.draw(
            st.lists(st.sampled_from([0.2, 0.5]), min_size=len(ids), max_size=len(ids))
        )
        by_id = dict(zip(ids.tolist(), confidence, strict=True))
    live = LiveScore(truth, prediction, confidence)
    for _ in range(data.draw(st.integers(1, 12))):
        where = data.draw(regions())
        image = data.draw(st.sampled_from(["truth", "prediction"]))
        target = truth if image == "truth" else prediction
        shape = target[where].shape
        values = data.draw(st.integers(0, 9) | arrays(np.uint16, shape, elements=st.integers(0, 9)))
        target[where] = values
        live.update(where, **{image: values})
        ids = np.unique(prediction[prediction > 0]).tolist()
        now = [by_id.get(i, 1.0) for i in ids] if scored else None
        found, expected = live.score().to_dict(), score(truth, prediction, now).to_dict()
        # The pixels are looked at for masks without ids in full only.
        expected["notes"] = [note for note in expected["notes"] if "without ids" not in note]
        assert found == expected


def test_many_new_labels():
    """More labels than at first, among them the largest id, and back to none."""
    truth = np.zeros((60, 60), np.int32)
    live = LiveScore(truth, truth)
    painted = np.arange(3600).reshape(60, 60)
    painted[0, 0] = np.iinfo(np.int32).max
    live.update(..., prediction=painted, truth=painted[::-1])
    assert live.score() == score(painted[::-1], painted)
    live.update(..., prediction=0, truth=0)
    assert (live.score().n_truth, live.score().n_prediction) == (0, 0)


def test_the_edited_array_is_not_shared():
    prediction = np.ones((3, 3), np.int32)
    live = LiveScore(prediction, prediction)
    prediction[:] = 0
    assert live.score().n_prediction == 1


@pytest.mark.parametrize("values", [-1, 0.5, np.ones((2, 3), int), np.full((2, 2), 2**40)])
def test_what_can_not_be_labels(values):
    live = LiveScore(np.ones((4, 4), int), np.ones((4, 4), int))
    with pytest.raises(InputError):
        live.update(np.s_[:2, :2], prediction=values)
    assert live.score().mAP == pytest.approx(1)


def test_shapes_differ():
    with pytest.raises(InputError, match="must be equal"):
        LiveScore(np.ones((4, 4), int), np.ones((4, 5), int))
