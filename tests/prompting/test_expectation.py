"""The usual size of a cell, from labels and from masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.prompting.expectation import (
    SPREAD_BOUNDS,
    from_areas,
    from_candidates,
    from_labels,
)
from napari_cellbench.prompting.prompts import Candidate


def square(y, x, side, trust=0.95):
    mask = np.ones((side, side), bool)
    return Candidate(mask, (y, x), trust, trust, np.zeros((256, 256), np.float32))


@given(st.lists(st.integers(12, 10**6), min_size=3, max_size=50), st.integers(0, 30))
def test_specks_do_not_count(areas, specks):
    found = from_areas(np.array(areas + [3] * specks))
    assert found is not None
    assert found.log_area == pytest.approx(np.median(np.log(areas)))
    assert SPREAD_BOUNDS[0] <= found.spread <= SPREAD_BOUNDS[1]
    assert found.size**2 == pytest.approx(np.pi / 4 * found.diameter**2)


def test_labels_without_the_one_that_is_made():
    labels = np.zeros((60, 60), int)
    for i in range(4):
        labels[i * 12 : i * 12 + 10, :10] = i + 1
    labels[:, 20:] = 9
    assert from_labels(labels, without=9).size == pytest.approx(10)
    assert from_labels(labels[:20], without=9) is None
    assert from_labels(np.zeros((5, 5), int)) is None


def test_the_commonest_size_counts_each_object_once():
    cells = [square(40 * i, 40 * j, 30) for i in range(4) for j in range(4)]
    background = [square(0, 0, 300)] * 30
    clump = [square(0, 200, 90)] * 20
    found = from_candidates([*background, *clump, *cells], 512 * 512)
    assert found.source == "image"
    assert found.size == pytest.approx(30, rel=0.1)


def test_nothing_to_go_by():
    assert from_candidates([], 100) is None
    assert from_candidates([square(0, 0, 20)] * 9, 512 * 512) is None
    assert from_candidates([square(0, 30 * i, 20, trust=0.5) for i in range(9)], 512 * 512) is None


def test_a_decoder_that_is_less_sure_of_all_masks_tells_the_same_size():
    cells = [(40 * i, 40 * j, 30) for i in range(4) for j in range(4)]
    specks = [(7 * i, 200, 5) for i in range(12)]

    def found(trust: float):
        masks = [square(*cell, trust=trust) for cell in cells]
        return from_candidates([*masks, *(square(*s, trust=0.7 * trust) for s in specks)], 512**2)

    assert found(0.65).size == pytest.approx(found(0.95).size)
    assert found(0.95).size == pytest.approx(30, rel=0.1)
