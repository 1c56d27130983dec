import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.ops import generalized_box_iou

from napari_cellbench.methods.detectron2.centermask2.fcos import (
    STRIDES,
    Answers,
    points,
    proposals,
)
from napari_cellbench.methods.detectron2.centermask2.masks import mask_ious
from napari_cellbench.methods.detectron2.centermask2.network import matched
from napari_cellbench.methods.detectron2.centermask2.targets import (
    closeness,
    point_losses,
    point_targets,
    sides_loss,
)
from napari_cellbench.methods.detectron2.network import Kept, Limits


def answers(side=128, logit=-20.0):
    """Answer the same in every point of an image: nothing is there."""
    maps = [-(-side // stride) for stride in STRIDES]
    return [
        Answers(
            torch.full((1, 1, n, n), logit), torch.ones(1, 4, n, n), torch.full((1, 1, n, n), 20.0)
        )
        for n in maps
    ]


BOXES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(12, 60), st.integers(12, 60)),
    min_size=1,
    max_size=4,
)


@given(BOXES)
def test_answers_that_are_right_give_the_cells_back(drawn):
    boxes = torch.tensor([(x, y, x + w, y + h) for x, y, w, h in drawn], dtype=torch.float32)
    right = answers()
    targets = point_targets(points(right), boxes)
    assert targets.is_cell.any()
    sizes = [answer.logits[0].numel() for answer in right]
    parts = zip(targets.is_cell.split(sizes), targets.sides.split(sizes), right, strict=True)
    for is_cell, sides, answer in parts:
        answer.logits[0].flatten()[is_cell] = 20.0
        answer.sides[0].flatten(1).T[is_cell] = sides[is_cell]
    ((found, scores),) = proposals(right, Limits(0.5, 0.99), Kept(3000, 3000))
    assert (scores > 0.99).all()
    nearest = (found[:, None] - boxes).abs().amax(2).amin(1)
    assert (nearest < 1e-3).all()
    for loss in point_losses(right, [targets])[:2]:
        assert loss < 1e-4


def test_only_so_many_boxes_are_kept():
    found = answers(logit=1.0)
    ((boxes, _),) = proposals(found, Limits(0.5, 1.0), Kept(5, 12))
    # Five of each of the first two maps, and two of the third.
    assert len(boxes) == 12
    wide = boxes[:, 2] - boxes[:, 0]
    assert (wide == 16).sum() == (wide == 32).sum() == 5


def test_without_cells_there_is_a_loss_that_can_be_learnt_from():
    found = [Answers(*(part.requires_grad_() for part in answer)) for answer in answers(logit=0.0)]
    targets = point_targets(points(found), torch.zeros(0, 4))
    assert not targets.is_cell.any()
    losses = point_losses(found, [targets])
    sum(losses).backward()
    assert losses[0] > 0
    assert losses[1] == losses[2] == 0
    assert all(part.grad.isfinite().all() for answer in found for part in answer)


def test_the_smallest_of_several_cells_counts():
    boxes = torch.tensor([[0.0, 0.0, 64.0, 64.0], [24.0, 24.0, 40.0, 40.0]])
    places = points(answers())
    targets = point_targets(places, boxes)
    middle = (places[0] == 36).all(1).nonzero().item()
    np.testing.assert_allclose(targets.sides[middle] * STRIDES[0], [12, 12, 4, 4])


def test_closeness():
    sides = torch.tensor([[3.0, 5.0, 3.0, 5.0], [1.0, 2.0, 4.0, 2.0]])
    np.testing.assert_allclose(closeness(sides), [1, 0.5])


def test_loss_of_large_boxes_is_that_of_the_generalised_overlap():
    """It adds 1 to both areas, which doesn't matter there."""
    rng = np.random.default_rng(0)
    found, truth = torch.from_numpy(rng.uniform(1e3, 2e3, (2, 20, 4)))
    boxes = [torch.cat([-one[:, :2], one[:, 2:]], 1) for one in (found, truth)]
    expected = 1 - generalized_box_iou(*boxes).diagonal()
    np.testing.assert_allclose(sides_loss(found, truth), expected, atol=1e-5)


def test_boxes_to_learn_masks_in_are_of_cells():
    cells = torch.tensor([[0.0, 0.0, 10.0, 10.0], [50.0, 50.0, 60.0, 60.0]])
    boxes = torch.tensor([[0.0, 1.0, 10.0, 11.0], [30.0, 30.0, 40.0, 40.0]])
    chosen, which = matched(boxes, cells)
    assert sorted(zip(chosen[:, 1].tolist(), which.tolist(), strict=True)) == [
        (0, 0),
        (1, 0),
        (50, 1),
    ]
    assert not len(matched(boxes, cells[:0])[0])


def test_overlap_of_masks_is_with_the_whole_cell():
    truth = torch.zeros(1, 28, 28)
    truth[0, :, :14] = 1
    drawn = truth > 0
    np.testing.assert_allclose(mask_ious(drawn, truth, torch.ones(1)), 1)
    # Half of the cell lies outside of the box.
    np.testing.assert_allclose(mask_ious(drawn, truth, torch.full((1,), 0.5)), 0.5)
    np.testing.assert_allclose(mask_ious(~drawn, truth, torch.ones(1)), 0)
