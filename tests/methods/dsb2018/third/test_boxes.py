import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.methods.dsb2018.third.boxes import (
    anchors,
    in_pixels,
    moved,
    moves,
    normalised,
    proposed,
    within,
)
from napari_cellbench.methods.dsb2018.third.training import Chosen, matched

BOX = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(4, 20), st.integers(4, 20)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
BOXES = st.lists(BOX, min_size=1, max_size=6).map(lambda b: torch.tensor(b, dtype=torch.float32))


@given(BOXES, BOXES)
def test_moves_lead_to_the_truth(first, second):
    count = min(len(first), len(second))
    boxes, truth = (normalised(of[:count], 64, 70) for of in (first, second))
    torch.testing.assert_close(moved(boxes, moves(boxes, truth)), truth, rtol=1e-4, atol=1e-5)


@given(BOXES)
def test_pixels_come_back(boxes):
    torch.testing.assert_close(in_pixels(normalised(boxes, 64, 70), 64, 70), boxes)


def test_the_last_pixel_is_at_one():
    whole = torch.tensor([[0.0, 0, 64, 70]])
    assert normalised(whole, 64, 70).tolist() == [[0, 0, 1, 1]]


def test_wide_anchors_come_last():
    height, width = (in_pixels(anchors(64, 64)[:3], 64, 64).reshape(3, 2, 2).diff(dim=1)[:, 0]).T
    np.testing.assert_allclose(width / height, [0.5, 1, 2], rtol=1e-4)
    np.testing.assert_allclose(height * width, 64, rtol=1e-3)


def test_proposals_are_the_best_of_those_that_overlap():
    boxes = torch.tensor([[0, 0, 0.2, 0.2], [0, 0.01, 0.2, 0.21], [0.5, 0.5, 0.7, 0.7]])
    found = proposed(boxes, torch.tensor([0.2, 0.9, 0.5]), torch.zeros(3, 4))
    torch.testing.assert_close(found, boxes[[1, 2]])


def test_boxes_end_at_the_window():
    boxes = torch.tensor([[-0.1, 0.3, 0.5, 1.2]])
    expected = torch.tensor([[0.1, 0.3, 0.5, 0.8]])
    torch.testing.assert_close(within(boxes, (0.1, 0.2, 0.9, 0.8)), expected)


@given(BOXES)
def test_every_nucleus_has_an_anchor(boxes):
    truth = normalised(boxes, 64, 64)
    is_object, is_none, which = matched(anchors(64, 64), truth)
    assert not (is_object & is_none).any()
    overlapping = {tuple(box) for box in truth[which[is_object]].tolist()}
    # Of two that an anchor overlaps equally it stands for one.
    assert overlapping
    if len(truth.unique(dim=0)) == 1:
        assert overlapping == {tuple(truth[0].tolist())}


def test_without_nuclei_all_is_background():
    is_object, is_none, _ = matched(anchors(64, 64), torch.zeros(0, 4))
    assert not is_object.any()
    assert is_none.all()
    chosen = Chosen.of(torch.rand(20, 4).sort(1).values, torch.zeros(0, 4))
    assert len(chosen.boxes) == 8
    assert not len(chosen.with_nucleus().boxes)


@pytest.mark.parametrize("count", [1, 3])
def test_boxes_to_learn_from_have_their_nucleus(count):
    torch.manual_seed(0)
    corners = torch.arange(count)[:, None] * 0.3 + torch.tensor([0.0, 0.0])
    truth = torch.cat([corners, corners + 0.2], 1)
    found = torch.cat([truth + 0.01, torch.rand(50, 4).sort(1).values, truth])
    chosen = Chosen.of(found, truth)
    kept = chosen.with_nucleus()
    assert len(kept.boxes) >= 2 * count
    torch.testing.assert_close(kept.exact, truth[kept.which])
    assert ((kept.boxes - kept.exact).abs().amax(1) < 0.2).all()
    nothing = chosen.which < 0
    torch.testing.assert_close(chosen.exact[nothing], chosen.boxes[nothing])
