import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from napari_cellbench.methods.detectron2.regions import (
    AT_ONCE,
    clipped,
    crops,
    drawn,
    moved,
    offsets,
    pooled,
)

BOXES = st.lists(
    st.tuples(st.floats(0, 40), st.floats(0, 40), st.floats(1, 30), st.floats(1, 30)),
    min_size=1,
    max_size=4,
)
WEIGHTS = (10.0, 10.0, 5.0, 5.0)


def corners(boxes):
    return torch.tensor([(x, y, x + w, y + h) for x, y, w, h in boxes], dtype=torch.float32)


@given(BOXES, BOXES)
def test_offsets_move_boxes_to_their_goals(first, second):
    count = min(len(first), len(second))
    boxes, goals = corners(first[:count]), corners(second[:count])
    found = moved(boxes, offsets(boxes, goals, WEIGHTS), WEIGHTS)
    np.testing.assert_allclose(found, goals, atol=1e-3)


def test_boxes_grow_no_further():
    boxes = corners([(0, 0, 10, 10)])
    found = moved(boxes, torch.tensor([[0.0, 0.0, 100.0, 0.0]]), (1.0, 1.0, 1.0, 1.0))
    assert (found[0, 2] - found[0, 0]).item() == pytest.approx(10 * 1000 / 16)
    assert clipped(found, (8, 9)).tolist() == [[0, 0, 9, 8]]


@given(
    st.floats(-5, 30), st.floats(-5, 30), st.floats(0.5, 30), st.floats(0.5, 30), st.integers(0, 99)
)
def test_masks_are_sampled_at_the_centres_of_pixels(x, y, width, height, seed):
    size, (box,) = (28, 35), corners([(x, y, width, height)])
    mask = torch.from_numpy(np.random.default_rng(seed).random((5, 5)).astype(np.float32))
    ((found,),) = drawn(mask[None], box[None], size, 0.5)
    x1, y1, x2, y2 = box.double().tolist()
    rows = (np.arange(size[0]) + 0.5 - y1) / (y2 - y1) * 5 - 0.5
    columns = (np.arange(size[1]) + 0.5 - x1) / (x2 - x1) * 5 - 0.5
    places = np.meshgrid(rows, columns, indexing="ij")
    # Beyond the mask everything is 0, between it and there values are interpolated.
    padded = np.pad(mask.numpy(), 1)
    expected = map_coordinates(padded, [p + 1 for p in places], order=1, cval=0)
    clear = np.abs(expected - 0.5) > 1e-3
    np.testing.assert_array_equal(found.numpy()[clear], (expected >= 0.5)[clear])


def test_boxes_without_extent_or_beyond_the_image_draw_nothing():
    boxes = torch.tensor([[3.0, 3.0, 3.0, 8.0], [50.0, 2.0, 60.0, 9.0], [2.0, 2.0, 5.0, 6.0]])
    (found,) = drawn(torch.ones(3, 28, 28), boxes, (20, 30), 0.5)
    assert found.flatten(1).sum(1).tolist() == [0, 0, 12]


def test_many_masks_are_drawn_some_at_a_time():
    count = AT_ONCE + 3
    boxes = torch.tensor([[2.0, 2.0, 5.0, 6.0]]).repeat(count, 1)
    parts = list(drawn(torch.ones(count, 14, 14), boxes, (8, 9), 0.5))
    assert [len(part) for part in parts] == [AT_ONCE, 3]
    assert sum(part.sum().item() for part in parts) == 12 * count


def test_crops_show_what_masks_have_in_boxes():
    mask = torch.zeros(2, 20, 20, dtype=torch.bool)
    mask[1, 4:12, 6:14] = True
    boxes = torch.tensor([[6.0, 4.0, 14.0, 12.0], [2.0, 4.0, 10.0, 12.0]])
    whole, half = crops(mask, boxes, torch.tensor([1, 1]), 8)
    assert whole.min() == 1
    np.testing.assert_array_equal(half.mean(0), [0] * 4 + [1] * 4)
    assert not crops(mask, boxes, torch.tensor([0, 0]), 8).any()


def test_regions_are_taken_from_their_image_and_level():
    maps = [torch.arange(2.0)[:, None, None, None] + 10 * level for level in range(2)]
    maps = [one.expand(2, 1, 16 >> level, 16 >> level) for level, one in enumerate(maps)]
    boxes = [torch.tensor([[2.0, 2.0, 8.0, 8.0]] * 2), torch.tensor([[4.0, 4.0, 12.0, 9.0]])]
    found = pooled(maps, (1, 2), boxes, torch.tensor([0, 1, 1]), 3)
    assert found.shape == (3, 1, 3, 3)
    np.testing.assert_allclose(found.mean((1, 2, 3)), [0, 10, 11])
