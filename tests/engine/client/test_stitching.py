"""Objects that were cut into tiles and put together again."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import ndimage as ndi

from napari_cellbench.data import Instances
from napari_cellbench.engine.client.stitching import Stitcher
from napari_cellbench.engine.client.tiling import cut
from napari_cellbench.methods.base import Tiling

OVERLAP = 24
TILING = Tiling(size=64, overlap=OVERLAP)


def stitch(truth, scores=None, tiling=TILING, spoil=lambda tile, labels: labels):
    """Stitch what a perfect predictor finds in each tile, or one whose labels are spoilt."""
    stitcher = Stitcher(truth.shape)
    for tile in cut(truth.shape, tiling):
        labels = spoil(tile, truth[tile.region])
        present = np.unique(labels[labels > 0])
        # Every tile has labels of its own.
        own = np.searchsorted(present, labels) * (labels > 0) + (labels > 0)
        mine = None if scores is None else scores[present]
        stitcher.add(tile, Instances.from_labels(own.astype(np.int32), mine))
    return stitcher.result()


def assert_same_partition(found, truth):
    pairs = np.unique(np.stack([found.ravel(), truth.ravel()]), axis=1)
    assert len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]
    assert pairs[0, 0] == pairs[1, 0] == 0


def blobs(seed, shape, side):
    """Connected objects of any form, of at most `side` pixels a side, touching each other."""
    rng = np.random.default_rng(seed)
    corner = -rng.integers(0, side, 2)
    y, x = np.indices(shape) - corner[:, None, None]
    # In each cell of a grid, what lies over a wavy threshold.
    noise = ndi.gaussian_filter(rng.normal(size=shape), rng.uniform(0.7, 3))
    inside = noise > np.quantile(noise, rng.uniform(0.1, 0.6))
    labels = np.zeros(shape, np.int32)
    count = 0
    cells = y // side * (shape[1] // side + 2) + x // side
    for cell in np.unique(cells):
        parts, n = ndi.label(inside & (cells == cell))
        labels[parts > 0] = parts[parts > 0] + count
        count += n
    return labels


@settings(max_examples=settings.default.max_examples // 3, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(70, 200), st.integers(40, 200))
def test_objects_smaller_than_the_overlap(seed, height, width):
    truth = blobs(seed, (height, width), OVERLAP - 1)
    assert_same_partition(stitch(truth).labels, truth)


@settings(max_examples=settings.default.max_examples // 6, deadline=None)
@given(st.integers(0, 2**32 - 1))
@example(4019)
def test_objects_of_any_size(seed):
    """Regions of up to several tiles, each in one piece; only their labels know what is one.

    Of an object in several pieces that no tile sees all of, what the tile that decides about it has
    not seen is dropped: the gaps cut single pixels off, which are left out.
    """
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, 180, (rng.integers(2, 12), 2))
    y, x = np.indices((180, 180))
    nearest = np.argmin([np.hypot(y - v, x - u) for v, u in seeds], 0).astype(np.int32) + 1
    gaps = ndi.grey_erosion(nearest, 3) == ndi.grey_dilation(nearest, 3)
    truth = nearest * gaps
    for region in np.unique(truth[truth > 0]):
        parts, _ = ndi.label(truth == region)
        sizes = np.bincount(parts.ravel())[1:]
        truth[(parts > 0) & (parts != 1 + sizes.argmax())] = 0
    assert_same_partition(stitch(truth).labels, truth)


def worm(shape=(200, 200)):
    """A band that winds through most tiles, thinner than the overlap, and many times as long."""
    y, x = np.indices(shape)
    return (np.abs(y - 100 - 70 * np.sin(x / 25)) < 12).astype(np.int32)


def test_object_across_many_tiles():
    assert_same_partition(stitch(worm()).labels, worm())


def test_parallel_objects_across_many_tiles_stay_apart():
    y, x = np.indices((200, 200))
    stripes = ((y + x // 3) // 5).astype(np.int32) + 1
    stripes[(y + x // 3) % 5 == 0] = 0
    assert_same_partition(stitch(stripes).labels, stripes)


@settings(max_examples=settings.default.max_examples // 6, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_scores_stay_with_their_objects(seed):
    truth = blobs(seed, (150, 150), OVERLAP - 1)
    scores = np.random.default_rng(seed).random(truth.max() + 1).astype(np.float32)
    found = stitch(truth, scores)
    for label, score in zip(found.ids, found.scores, strict=True):
        assert score == scores[truth[found.labels == label][0]]


def test_no_scores_unless_all_tiles_have_them():
    stitcher = Stitcher((100, 64))
    for tile, scores in zip(cut((100, 64), TILING), ((0.5,), None), strict=True):
        labels = np.zeros((64, 64), np.int32)
        labels[30:34, 30:34] = 1
        stitcher.add(tile, Instances.from_labels(labels, scores))
    result = stitcher.result()
    assert len(result) == 2
    assert result.scores is None


@pytest.mark.parametrize("shift", [-3, -1, 1, 3])
def test_objects_that_two_tiles_see_a_little_differently(shift):
    """Once each: neither twice, nor in slices, nor not at all, whichever side of the seam."""
    truth = np.zeros((64, 104), np.int32)
    for k, (top, left) in enumerate([(5, 42), (20, 44), (35, 46), (50, 48)], start=1):
        truth[top : top + 10, left : left + 10] = k

    def shifted(tile, labels):
        return np.roll(labels, shift if tile.region[1].start else 0, 1)

    found = stitch(truth, spoil=shifted)
    assert len(found) == 4
    assert (np.bincount(found.labels.ravel())[1:] == 100).all()


def test_the_tile_that_holds_the_centre_decides():
    """What a tile imagines near its edge, where another one sees better, does not count."""
    truth = np.zeros((64, 104), np.int32)

    def imagine(tile, labels):
        labels = labels.copy()
        if not tile.region[1].start:
            labels[10:20, 54:] = 1  # cut by the edge at 64, and beyond the seam at 52
            labels[30:40, 53:60] = 2  # not cut
        return labels

    assert len(stitch(truth, spoil=imagine)) == 0


def test_tiles_that_do_not_decide_are_no_majority():
    """Three tiles of one row see the same thing at their lower edge; the tile below does not."""
    truth = np.zeros((104, 144), np.int32)

    def imagine(tile, labels):
        labels = labels.copy()
        if not tile.region[0].start:
            whole = np.zeros(truth.shape, np.int32)
            whole[56:64, 44:60] = 1
            labels = whole[tile.region]
        return labels

    assert len(stitch(truth, spoil=imagine)) == 0


def test_hidden_masks():
    """The scores of masks that others hide go with them."""
    masks = np.zeros((3, 64, 64), bool)
    masks[0, 10:20, 10:20] = True
    masks[1, 30:40, 30:35] = True
    masks[2, 12:18, 12:18] = True
    tile = cut((64, 64), TILING)[0]
    stitcher = Stitcher((64, 64))
    stitcher.add(tile, Instances.from_masks(masks, (64, 64), (0.75, 0.5, 0.25)))
    result = stitcher.result()
    np.testing.assert_array_equal(result.scores, [0.75, 0.5])
    np.testing.assert_array_equal(result.labels > 0, masks.any(0))


def test_overlapping_masks_of_a_score_each():
    """The more certain one is on top, as in `Instances.to_labels`."""
    masks = np.zeros((2, 64, 64), bool)
    masks[0, 10:20, 10:20] = True
    masks[1, 15:30, 15:30] = True
    instances = Instances.from_masks(masks, (64, 64), (0.25, 0.75))
    stitcher = Stitcher((64, 64))
    stitcher.add(cut((64, 64), TILING)[0], instances)
    result = stitcher.result()
    np.testing.assert_array_equal(result.labels, instances.to_labels())
    np.testing.assert_array_equal(result.scores, [0.25, 0.75])
