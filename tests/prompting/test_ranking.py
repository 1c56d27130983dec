"""Which mask is taken for the cell: properties of the score, and plain cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.draw import disk

from napari_cellbench.prompting.expectation import Expectation
from napari_cellbench.prompting.prompts import Candidate, Prompt
from napari_cellbench.prompting.ranking import (
    WEIGHTS,
    Scene,
    features,
    rank,
    shared,
)
from napari_cellbench.prompting.views import View

SHAPE = (80, 90)
CLICK = Prompt.click(40, 45)
NAMES = list(WEIGHTS)


def disc(radius, iou=0.9, centre=(40, 45), stability=0.95):
    mask = np.zeros(SHAPE, bool)
    if radius:
        mask[disk(centre, radius, shape=SHAPE)] = True
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return Candidate(np.zeros((0, 0), bool), (0, 0), iou, stability, None)
    cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Candidate(cut, (int(rows[0]), int(columns[0])), iou, stability, None)


def scene(**about):
    image = np.zeros(SHAPE, np.uint8)
    image[disk((40, 45), 12)] = 200
    return Scene(View(0, 0, *SHAPE), image, SHAPE, **about)


USUAL = Expectation(float(np.log(np.pi * 144)), 0.4, "labels")

candidates = st.builds(
    disc,
    st.integers(0, 45),
    st.floats(0, 1),
    st.tuples(st.integers(0, 79), st.integers(0, 89)),
    st.floats(0, 1),
)


@given(found=st.lists(candidates, min_size=1, max_size=6), known=st.booleans())
def test_a_ranking_is_an_order(found, known):
    labels = np.zeros(SHAPE, int)
    labels[:20] = 4
    about = scene(labels=labels, expectation=USUAL) if known else scene()
    ranked = rank(found, CLICK, about)
    assert sorted(map(id, ranked.found)) == sorted(map(id, found))
    assert list(ranked.scores) == sorted(ranked.scores, reverse=True)
    assert np.isfinite(ranked.scores).all()
    assert ranked.best is ranked.found[0]
    again = rank(found[::-1], CLICK, about)
    assert again.scores == pytest.approx(ranked.scores)
    figures = features(found, CLICK, about)
    for name in ("contrast", "centred", "overlap", "cut", "disobeyed"):
        column = figures[:, NAMES.index(name)]
        assert ((column >= 0) & (column <= 1)).all()
    assert (figures[:, NAMES.index("size")] <= 0).all()


@given(candidates, candidates)
def test_pixels_that_two_share(a, b):
    assert shared(a, b) == (a.whole(SHAPE) & b.whole(SHAPE)).sum()


@given(st.floats(0, 1), st.floats(0, 1))
def test_of_masks_that_are_equal_sam_decides(one, other):
    ranked = rank([disc(12, one), disc(12, other)], CLICK, scene(expectation=USUAL))
    assert ranked.best.iou == pytest.approx(max(one, other), abs=1e-6)


def test_the_size_of_the_cells_decides():
    part, cell, clump = disc(5, 0.95), disc(12, 0.9), disc(30, 0.97)
    assert rank([clump, part, cell], CLICK, scene(expectation=USUAL)).best is cell


def test_the_outline_decides_where_no_size_is_known():
    part, cell, clump = disc(6), disc(12), disc(20)
    assert rank([clump, part, cell], CLICK, scene()).best is cell


def test_a_mask_in_a_neighbour_is_worse_but_not_in_the_cell_itself():
    labels = np.zeros(SHAPE, int)
    labels[:, 48:] = 7
    free, over = disc(8, centre=(40, 38)), disc(8, centre=(40, 52))
    figures = features([free, over], CLICK, scene(labels=labels))
    overlap = figures[:, NAMES.index("overlap")]
    assert overlap[0] == 0
    assert overlap[1] > 0.7
    own = features([over], CLICK, scene(labels=labels, own=7))
    assert own[0, NAMES.index("overlap")] == 0


def test_labels_are_those_of_the_view():
    labels = np.zeros(SHAPE, int)
    labels[30:50, 48:] = 7
    view = View(20, 30, 40, 50)
    cut = np.zeros((40, 50), np.uint8)
    about = Scene(view, cut, SHAPE, labels=labels[view.slices])
    whole = features([disc(8, centre=(40, 50))], CLICK, scene(labels=labels))
    part = features([disc(8, centre=(40, 50))], CLICK, about)
    column = NAMES.index("overlap")
    assert part[0, column] == whole[0, column] > 0


def test_what_a_person_says_is_obeyed():
    prompt = Prompt(np.array([[40.0, 45], [40, 60]]), np.array([True, False]))
    small, large = disc(10, 0.5), disc(25, 1)
    assert rank([large, small], prompt, scene()).best is small


def test_cut_by_the_view_but_not_by_the_image():
    view = View(0, 0, 60, 90)
    about = Scene(view, np.zeros((60, 90), np.uint8), SHAPE)
    masks = [disc(10, centre=(55, 40)), disc(10, centre=(5, 40)), disc(10, centre=(30, 40))]
    inside = [
        Candidate(c.mask[: 60 - c.offset[0]], c.offset, c.iou, c.stability, c.logits) for c in masks
    ]
    assert features(inside, CLICK, about)[:, NAMES.index("cut")].tolist() == [1, 0, 0]


def test_an_empty_mask_is_last():
    empty = Candidate(np.zeros((0, 0), bool), (0, 0), 1.0, 1.0, None)
    assert rank([empty, disc(40, 0)], CLICK, scene()).found[-1] is empty
