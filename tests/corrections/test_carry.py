"""Cells through a stack, by a predictor that is made up."""

import numpy as np
import pytest
from scipy.ndimage import label
from skimage.draw import disk

from napari_cellbench.corrections.carry import Limits, carry
from napari_cellbench.corrections.contrast import contrast
from napari_cellbench.corrections.prompt import prompt_of
from napari_cellbench.errors import InputError
from napari_cellbench.prompting.prompts import Prompt


def tubes(n=8, shape=(60, 80)):
    """Cell 1 moves and ends after plane 5, cell 2 stays."""
    stack = np.zeros((n, *shape), bool)
    for plane in range(n):
        if plane <= 5:
            stack[plane][disk((20 + plane, 20 + 2 * plane), 8)] = True
        stack[plane][disk((40, 60), 7)] = True
    return stack


@pytest.fixture
def truth():
    return tubes()


@pytest.fixture
def labels(truth):
    stack = np.zeros(truth.shape, np.int32)
    stack[0] = label(truth[0])[0]
    return stack


def predictor(truth):
    """What lies under the first point, within the box and a margin."""

    def predict(prompt: Prompt, plane: int):
        assert len(prompt.points)
        pieces = label(truth[plane])[0]
        row, column = prompt.points[0].astype(int)
        return (pieces == pieces[row, column]) & (pieces[row, column] > 0)

    return predict


def test_until_cells_end(truth, labels):
    before = labels.copy()
    found = list(carry(labels.__getitem__, 0, [1, 2], predictor(truth), len(truth)))
    np.testing.assert_array_equal(labels, before)
    assert [one.plane for one in found] == list(range(1, 8))
    for one in found:
        one.edit.apply(labels[one.plane])
    np.testing.assert_array_equal(labels > 0, truth)
    assert (labels[5] == 1).any()
    ends = {(drift.cell, one.plane): drift for one in found for drift in one.drifts if drift.ended}
    assert list(ends) == [(1, 6)]
    assert ends[1, 6].ended == "Nothing was found."
    first = found[0].drifts[0]
    assert first.shift == pytest.approx(np.sqrt(5), abs=0.1)
    assert 0.6 < first.iou < 0.9
    assert first.change == pytest.approx(1, abs=0.02)
    assert found[0].drifts[1].iou == 1


def test_backwards_and_to_a_limit(truth, labels):
    labels[7] = label(truth[7])[0]
    found = list(carry(labels.__getitem__, 7, [1], predictor(truth), 8, step=-1, limit=3))
    assert [one.plane for one in found] == [6, 5, 4]
    assert found[0].edit.what == "Carry 1 cell to plane 6"


def test_until_told_to_stop(truth, labels):
    asked = []
    found = carry(
        labels.__getitem__,
        0,
        [1, 2],
        predictor(truth),
        8,
        stop=lambda: asked.append(1) or len(asked) > 5,
    )
    assert [one.plane for one in found] == [1, 2]


@pytest.mark.parametrize(
    ("limits", "spoil", "why"),
    [
        (Limits(), lambda mask: np.ones_like(mask), "times larger"),
        (Limits(most_change=1.1), lambda mask: mask & (np.arange(80) < 20), "times smaller"),
        (Limits(), lambda mask: np.roll(mask, 14, axis=0), "IoU of"),
    ],
)
def test_drift_that_goes_too_far(truth, labels, limits, spoil, why):
    predict = predictor(truth)
    (one,) = carry(
        labels.__getitem__, 0, [1], lambda *asked: spoil(predict(*asked)), 8, limits=limits
    )
    assert one.edit is None
    assert why in one.drifts[0].ended


def test_a_cell_that_fades(truth, labels):
    """Asked for a cell in a box, a network finds one there: what it finds doesn't stand out."""
    rng = np.random.default_rng(0)
    image = rng.normal(100, 10, (8, 1, 60, 80)) + 60 * truth[:, None]

    def anything(prompt, plane):
        found = predictor(truth)(prompt, plane)
        if found.any():
            return found
        mask = np.zeros(truth[plane].shape, bool)
        top, left, bottom, right = prompt.box
        mask[top:bottom, left:right] = True
        return mask

    def follow(**options):
        found = carry(labels.__getitem__, 0, [1, 2], anything, 8, **options)
        return {(one.plane, drift.cell): drift.ended for one in found for drift in one.drifts}

    assert not any(follow().values())
    ended = follow(contrast=lambda mask, plane: contrast(image[plane], mask))
    assert {at: why for at, why in ended.items() if why} == {
        (6, 1): "It no longer stands out in the image."
    }
    assert (7, 2) in ended


def test_others_keep_their_pixels(truth, labels):
    labels[1, :21, :] = 9
    labels[2] = 9
    found = list(carry(labels.__getitem__, 0, [1], predictor(truth), 8))
    after = labels[1].copy()
    found[0].edit.apply(after)
    np.testing.assert_array_equal(after == 9, labels[1] == 9)
    assert (after == 1).any()
    assert found[1].edit is None
    assert "Other cells" in found[1].drifts[0].ended
    assert len(found) == 2


def test_cells_that_are_outlined_already(truth, labels):
    labels[3, 0, 0] = 2
    found = list(carry(labels.__getitem__, 0, [2], predictor(truth), 8))
    assert [one.plane for one in found] == [1, 2, 3]
    assert found[-1].drifts[0].ended == "It is there already."


def test_full_type(truth, labels):
    """Ids stay, so that there is always room for them."""
    full = labels.astype(np.uint8)
    full[full == 2] = 255
    found = list(carry(full.__getitem__, 0, [255], predictor(truth), 8))
    assert found[0].edit.made == (255,)


def test_what_can_not_be_carried(truth, labels):
    predict = predictor(truth)
    for arguments, message in (
        ((labels.__getitem__, 0, [5], predict, 8), "no cell 5"),
        ((labels.__getitem__, 0, [], predict, 8), "Choose"),
        ((labels.__getitem__, 7, [1], predict, 8), "no next plane"),
    ):
        with pytest.raises(InputError, match=message):
            carry(*arguments)
    with pytest.raises(InputError, match="no next plane"):
        carry(labels.__getitem__, 0, [1], predict, 8, step=-1)
    with pytest.raises(InputError, match="step of"):
        carry(labels.__getitem__, 0, [1], predict, 8, step=2)
    with pytest.raises(InputError, match="A mask of"):
        list(carry(labels.__getitem__, 0, [1], lambda *_: np.ones((3, 3)), 8))


def test_points_lie_inside_and_apart():
    mask = np.zeros((30, 60), bool)
    mask[disk((15, 15), 12)] = True
    mask[disk((15, 45), 10)] = True
    prompt = prompt_of(mask, (100, 200))
    rows, columns = (prompt.points - (100, 200)).T.astype(int)
    assert mask[rows, columns].all()
    assert prompt.points[0].tolist() == [115, 215]
    assert abs(int(columns[1]) - 45) <= 2
    assert len(prompt_of(np.ones((1, 1), bool)).points) == 1
    with pytest.raises(InputError, match="no cell"):
        prompt_of(np.zeros((3, 3), bool))
