import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from napari_cellbench.data.rle import pixels
from napari_cellbench.methods.shared.best_masks import best_masks, encoded


@given(st.integers(0, 99), st.sampled_from([0.1, 0.5, 0.9]))
def test_of_overlapping_masks_the_best_stays(seed, overlap):
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 20, (12, 2))
    masks = torch.zeros(12, 30, 33, dtype=torch.bool)
    for mask, (y, x) in zip(masks[:-1], corners, strict=False):
        mask[y : y + 10, x : x + 12] = True
    scores = rng.random(12)
    found, certain = best_masks(encoded(masks), scores, overlap, 100)
    best = masks[:-1][scores[:-1].argmax()].numpy()
    assert set(zip(*pixels(found[0]), strict=True)) == set(zip(*best.nonzero(), strict=True))
    assert (np.diff(certain) <= 0).all()
    overlaps = coco_mask.iou(found, found, [0] * len(found))
    assert np.triu(overlaps, 1).max() <= overlap
    # Each that went is empty or overlaps a better one that stayed.
    everything = encoded(masks)
    for mask, score in zip(everything, scores, strict=True):
        if np.float32(score) not in certain:
            worse = coco_mask.iou([mask], found, [0] * len(found))[0]
            assert not coco_mask.area(mask) or (worse[certain > score] > overlap).any()


def test_only_so_many_are_looked_at():
    masks = torch.eye(20, dtype=torch.bool)[:, None]
    found, scores = best_masks(encoded(masks), np.arange(20.0), 0.5, 7)
    assert scores.tolist() == list(range(19, 12, -1))
    assert len(found) == 7
    assert best_masks(encoded(masks[:0]), np.zeros(0), 0.5, 7)[0] == []
