import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.ops import nms

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.deepcell.retinamask.anchors import (
    AnchorDesign,
    anchor_targets,
    decoded,
    detected,
)


def rectangles(*sides):
    """Draw one object of each height and width, apart from each other."""
    labels = np.zeros((400, 420), np.uint16)
    for number, (height, width) in enumerate(sides, 1):
        row, column = 80 * ((number - 1) // 5), 80 * ((number - 1) % 5)
        labels[row : row + height, column : column + width] = number
    return labels


@pytest.mark.parametrize(
    ("sides", "levels", "ratios"),
    [
        # floor(log2(8)) - 2 = 1, floor(log2(20)) - 2 = 2
        ([(8, 8)] * 3 + [(20, 20)] * 3, (1, 2), (1,)),
        ([(16, 8)] * 3 + [(8, 16)] * 3, (1,), (0.5, 1, 2)),
        ([(40, 10)] * 3 + [(20, 20)] * 3, (2,), (1, 2, 4)),
        ([(1, 1)] * 5, (1,), (1,)),
    ],
)
def test_design_follows_from_the_cells(sides, levels, ratios):
    assert AnchorDesign.for_cells([rectangles(*sides)]) == AnchorDesign(levels, ratios)


@pytest.mark.parametrize(
    ("anchors", "wide", "tall"),
    [
        (3, (1,), (1,)),
        (6, (0.5, 1), (1, 2)),
        (9, (0.5, 1, 2), (0.5, 1, 2)),
        (12, (0.25, 0.5, 1, 2), (0.5, 1, 2, 4)),
    ],
)
def test_six_anchors_are_ambiguous(anchors, wide, tall):
    assert AnchorDesign.told((1, 2), anchors, more_tall=False).ratios == wide
    assert AnchorDesign.told((1, 2), anchors, more_tall=True).ratios == tall


@pytest.mark.parametrize("anchors", [0, 1, 4, 30])
def test_other_numbers_are_refused(anchors):
    with pytest.raises(CheckpointError, match=f"not {anchors}"):
        AnchorDesign.told((1,), anchors, more_tall=True)


def test_tall_boxes_have_ratios_above_one():
    boxes = AnchorDesign((3,), (2.0,)).boxes(8, 8)
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    np.testing.assert_allclose(heights / widths, 2, rtol=1e-5)
    np.testing.assert_allclose(
        (heights * widths).sqrt(), [32, 32 * 2 ** (1 / 3), 32 * 2 ** (2 / 3)]
    )


BOXES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(4, 20), st.integers(4, 20)),
    min_size=1,
    max_size=5,
)


@given(BOXES)
def test_answers_that_are_right_give_the_cells_back(drawn):
    boxes = torch.tensor([(x, y, x + w, y + h) for x, y, w, h in drawn], dtype=torch.float32)
    anchors = AnchorDesign((1, 2), (1.0,)).boxes(64, 64)
    truth = anchor_targets(anchors, boxes, 64, 64)
    assert not (truth.is_cell & truth.ignored).any()
    found = decoded(anchors, truth.offsets, 64, 64)[truth.is_cell]
    nearest = (found[:, None] - boxes.clamp(max=63)).abs().amax(2).amin(1)
    assert (nearest < 1e-3).all()


def test_without_cells_all_anchors_are_background():
    anchors = AnchorDesign((1,), (1.0,)).boxes(16, 16)
    truth = anchor_targets(anchors, torch.zeros(0, 4), 16, 16)
    assert not truth.is_cell.any()
    assert not truth.ignored.any()


def test_detections_are_the_best_and_no_more_than_asked_for():
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 100, (500, 2))
    boxes = torch.from_numpy(np.concatenate([corners, corners + 15], 1))
    scores = torch.from_numpy(rng.random(500))
    found, certain = detected(boxes, scores, 0.3, 0.5, 3000)
    assert (certain > 0.3).all()
    assert (certain.diff() <= 0).all()
    assert len(nms(found, certain, 0.5)) == len(found) > 20
    assert len(detected(boxes, scores, 0.3, 0.5, 7)[0]) == 7
