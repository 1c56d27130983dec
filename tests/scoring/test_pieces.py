"""Masks without ids are told, label images are not."""

import numpy as np
import pytest

from napari_cellbench.data import Instances
from napari_cellbench.scoring import DatasetScorer, score
from napari_cellbench.scoring.pieces import components

CELLS = np.zeros((20, 20), np.int32)
CELLS[1:4, 1:4], CELLS[6:9, 6:9], CELLS[12:15, 2:5] = 1, 2, 3
MANY = np.zeros((20, 20), np.int32)
MANY[1::3, 1::3] = np.arange(1, 50).reshape(7, 7)


def said(truth, prediction) -> str:
    return " ".join(note for note in score(truth, prediction).notes if "without ids" in note)


@pytest.mark.parametrize("value", [1, 255, 65535])
def test_one_value_for_all_cells(value):
    mask = np.where(CELLS > 0, value, 0)
    assert "truth is 1 object in 3 pieces" in said(mask, CELLS)
    assert "prediction is 1 object in 3 pieces" in said(CELLS, mask)


def test_booleans():
    assert "truth is 1 object in 3 pieces" in said(CELLS > 0, CELLS)


def test_classes_of_pixels():
    """Cells as 1 and their borders as 2."""
    borders = np.where(MANY > 0, 1, 0)
    borders[2::3] = np.where(borders[1:-1:3] > 0, 2, 0)
    assert "truth is 2 objects in 49 pieces" in said(borders, MANY)


def test_cells_that_touch():
    block = np.zeros((20, 20), np.int32)
    block[3:15, 3:15] = 1
    assert "truth is a single object" in said(block, MANY)


def test_label_images_and_masks_are_left_alone():
    one = (CELLS == 1).astype(np.int32)
    for truth in (CELLS, one, CELLS * 0, MANY):
        assert not said(truth, CELLS)
    masks = Instances.from_labels((CELLS > 0).astype(np.int32))
    assert not said(Instances.from_masks(masks.to_masks(), masks.shape), CELLS)


def test_a_data_set_counts_the_images():
    scorer = DatasetScorer()
    scorer.add(CELLS > 0, CELLS)
    scorer.add(CELLS > 0, CELLS)
    scorer.add(CELLS, CELLS)
    assert "2 of 3 images: The truth is 1 object in 3 pieces" in scorer.result().pooled.notes[0]


def test_components_are_objects():
    touching = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [2, 2, 0]])
    np.testing.assert_array_equal(
        components(touching).to_labels(), [[1, 0, 0], [0, 1, 0], [0, 0, 0], [2, 2, 0]]
    )
