import numpy as np
import pytest
import torch

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.detectron2.network import Kept, Objects
from napari_cellbench.methods.detectron2.regions import offsets
from napari_cellbench.methods.detectron2.resnest.losses import (
    OVERLAPS,
    SAMPLED,
    boxes_loss,
    labelled,
    masks_in,
    of_cells,
    sampled,
    whole,
)
from napari_cellbench.methods.detectron2.resnest.network import WEIGHTS
from napari_cellbench.methods.detectron2.resnest.proposing import (
    Proposing,
    anchors_for_cells,
    proposals,
    proposing_loss,
)

CELLS = torch.tensor([[10.0, 10.0, 30.0, 30.0], [40.0, 40.0, 60.0, 56.0]])


def objects(cells=CELLS):
    masks = torch.zeros(len(cells), 64, 64, dtype=torch.bool)
    for mask, (x1, y1, x2, y2) in zip(masks, cells.int().tolist(), strict=True):
        mask[y1:y2, x1:x2] = True
    return Objects(cells, masks)


def test_anchors_are_of_all_shapes():
    found = anchors_for_cells(5)
    widths, heights = (found[2][:, 2:] - found[2][:, :2]).T
    np.testing.assert_allclose(heights / widths, [0.25, 0.5, 1, 2, 4], rtol=1e-5)
    np.testing.assert_allclose((heights * widths).sqrt(), 17, rtol=1e-5)
    with pytest.raises(CheckpointError, match="not 4"):
        anchors_for_cells(4)


@pytest.fixture
def proposing():
    torch.manual_seed(0)
    return Proposing(8, anchors_for_cells(3))


@pytest.fixture
def maps():
    torch.manual_seed(1)
    return [torch.randn(2, 8, 64 // stride, 64 // stride) for stride in (4, 8, 16, 32, 64)]


def test_the_finest_map_has_two_sets_of_anchors(proposing, maps):
    answers = proposing(maps)
    assert [len(answer.anchors) for answer in answers] == [768, 768, 192, 48, 12, 3]
    assert answers[0].logits.shape == (2, 768)
    torch.testing.assert_close(answers[0].logits, answers[1].logits)


def test_proposals_are_learnt(proposing, maps):
    """Of what the loss asks for, the best proposals are the cells."""
    optimiser = torch.optim.Adam(proposing.parameters(), 0.01)
    cells = [CELLS, CELLS[:1]]
    first = proposing_loss(proposing(maps), cells)
    for _ in range(150):
        loss = proposing_loss(proposing(maps), cells)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.2 * first
    with torch.no_grad():
        found = proposals(proposing(maps), (64, 64), Kept(100, 20))
    for boxes, truth in zip(found, cells, strict=True):
        assert len(boxes) <= 20
        away = (boxes[:4, None] - truth).abs().amax(2).amin(0)
        assert (away < 4).all()


def test_an_image_without_cells_has_a_loss(proposing, maps):
    loss = proposing_loss(proposing(maps), [CELLS[:0], CELLS[:0]])
    loss.backward()
    assert loss > 0
    assert all(p.grad is None or p.grad.isfinite().all() for p in proposing.parameters())


def test_boxes_stand_for_what_they_overlap():
    boxes = torch.cat([CELLS + 2, CELLS + 9, torch.tensor([[0.0, 50.0, 9.0, 60.0]])])
    found = labelled(boxes, CELLS, OVERLAPS[0])
    assert found.is_cell.tolist() == [True, True, False, False, False]
    assert found.which[:2].tolist() == [0, 1]
    assert not labelled(boxes, CELLS[:0], 0.5).is_cell.any()
    many = sampled(boxes.repeat(200, 1), CELLS)
    assert len(many.boxes) == SAMPLED
    assert many.is_cell.sum() == SAMPLED // 4
    assert len(of_cells(many).boxes) == SAMPLED // 4
    assert sampled(boxes[:0], CELLS).is_cell.tolist() == [True, True]


def test_right_answers_cost_nothing():
    found = [labelled(torch.cat([CELLS + 1, CELLS + 60]), CELLS, 0.5)]
    logits = torch.tensor([[20.0, -20.0]] * 2 + [[-20.0, 20.0]] * 2)
    away = torch.zeros(4, 4)
    away[:2] = offsets(CELLS + 1, CELLS, WEIGHTS[0])
    assert boxes_loss(logits, away, found, [objects()], WEIGHTS[0]) < 1e-5
    assert boxes_loss(-logits, away, found, [objects()], WEIGHTS[0]) > 10
    assert boxes_loss(logits, away + 1, found, [objects()], WEIGHTS[0]) == pytest.approx(2)


def test_masks_to_draw():
    found = labelled(CELLS, CELLS, 0.5)
    assert masks_in(found, objects()).min() == 1
    assert masks_in(found, objects()).shape == (2, 28, 28)
    assert len(whole(torch.tensor([[0.0, 0, 1, 1], [1, 1, 1, 5], [3, 3, 2, 8]]))) == 1
