"""New cells and those that are there."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import label as connected

from napari_cellbench.methods.segment_anything.overlap import overlaps, without_others
from napari_cellbench.methods.segment_anything.prompting import Candidate

SHAPE = (12, 14)
labelled = arrays(np.int32, SHAPE, elements=st.sampled_from([0, 0, 3, 8]), fill=st.just(0))
masks = arrays(bool, (6, 7))


def new(mask, offset=(3, 4)):
    return Candidate(mask, offset, 1, 1, np.zeros((256, 256), np.float32))


@given(mask=masks, labels=labelled)
def test_overlaps_count_pixels(mask, labels):
    candidate = new(mask)
    whole = candidate.whole(SHAPE)
    found = overlaps(candidate, labels)
    areas = {label: int((labels == label).sum()) for label in (3, 8)}
    assert overlaps(candidate, labels, areas) == found
    assert [o.pixels for o in found] == sorted((o.pixels for o in found), reverse=True)
    for o in found:
        both = whole & (labels == o.label)
        assert o.pixels == both.sum() > 0
        assert o.share_of_new == both.sum() / whole.sum()
        assert o.share_of_old == both.sum() / (labels == o.label).sum()
    assert sum(o.pixels for o in found) == (whole & (labels > 0)).sum()


@given(mask=masks, labels=labelled, own=st.sampled_from([0, 3]))
def test_nothing_is_taken_from_others(mask, labels, own):
    kept = without_others(new(mask), labels, own)
    there = labels[3:9, 4:11]
    free = mask & ((there == 0) | ((there == own) & (own > 0)))
    assert not (kept & ~free).any()
    assert kept.any() == free.any()
    if (mask & ~free).any():
        pieces, count = connected(free)
        assert count == 0 or kept.sum() == np.bincount(pieces.ravel())[1:].max()
    else:
        np.testing.assert_array_equal(kept, mask)


def test_an_empty_mask():
    empty = new(np.zeros((0, 0), bool))
    labels = np.ones(SHAPE, np.uint8)
    assert overlaps(empty, labels) == ()
    assert without_others(empty, labels).size == 0
