"""Overlapping masks behind a layer that is being edited."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.data import Instances
from napari_cellbench.data.rle import pixels
from napari_cellbench.errors import InputError
from napari_cellbench.scoring import score
from napari_cellbench.scoring.flattened import Flattened, LiveMasks, cropped
from napari_cellbench.scoring.score import score_overlap

SHAPE = (9, 12)
WHOLE = np.s_[0:9, 0:12]


def decode(mask) -> np.ndarray:
    image = np.zeros(mask["size"], bool)
    image[pixels(mask)] = True
    return image


@st.composite
def overlapping(draw: st.DrawFn) -> Instances:
    n = draw(st.integers(0, 6))
    masks = np.zeros((n, *SHAPE), bool)
    for mask in masks:
        y, x = draw(st.integers(0, 7)), draw(st.integers(0, 10))
        mask[y : y + draw(st.integers(1, 6)), x : x + draw(st.integers(1, 6))] = True
    return Instances.from_masks(masks, SHAPE)


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(
    mask=arrays(bool, SHAPE, elements=st.booleans()),
    top=st.integers(0, 7),
    left=st.integers(0, 10),
    size=st.tuples(st.integers(1, 9), st.integers(1, 12)),
)
def test_cropped(mask, top, left, size):
    bottom, right = min(9, top + size[0]), min(12, left + size[1])
    region = np.s_[top:bottom, left:right]
    encoded = Instances.from_masks(mask[None], SHAPE).masks[0]
    cut = cropped(encoded, region)
    if cut is None:
        assert not mask[region].any()
    else:
        np.testing.assert_array_equal(decode(cut), mask[region])


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(truth=overlapping(), prediction=overlapping())
def test_unedited_layers_score_as_their_masks(truth, prediction):
    live = LiveMasks(
        truth.to_labels(),
        prediction.to_labels(),
        Flattened.of(truth, WHOLE),
        Flattened.of(prediction, WHOLE),
    )
    assert str(score_overlap(live.overlap)) == str(score(truth, prediction))


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(data=st.data(), truth=overlapping(), other=overlapping())
def test_edited_objects_count_as_drawn(data, truth, other):
    """Against each object by itself: its mask if none of its visible pixels has changed."""
    before = truth.to_labels()
    labels = before.copy()
    prediction = other.to_labels()
    live = LiveMasks(labels, prediction, Flattened.of(truth, WHOLE))
    for _ in range(data.draw(st.integers(1, 5))):
        y, x = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 11))
        where = np.s_[y : y + 3, x : x + 3]
        labels[where] = value = data.draw(st.integers(0, 8))
        live.update(where, truth=value)
        objects = []
        for i in range(1, 9):
            seen = (labels == i).any() or (before == i).any()
            if seen and not np.array_equal(labels == i, before == i):
                mask = labels == i
            elif i <= len(truth):
                mask = decode(truth.masks[i - 1])
            else:
                continue
            if mask.any():
                objects.append((i, mask))
        masks = np.array([mask for _, mask in objects], bool).reshape(-1, *SHAPE)
        assert live.overlap.truth_ids.tolist() == [i for i, _ in objects]
        expected = score(Instances.from_masks(masks, SHAPE), prediction)
        assert str(score_overlap(live.overlap)) == str(expected)


def test_shapes_differ():
    with pytest.raises(InputError, match="must be equal"):
        LiveMasks(np.ones((4, 4), int), np.ones((4, 5), int))
