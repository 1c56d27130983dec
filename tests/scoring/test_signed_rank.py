"""Wilcoxon's test, against every way to flip signs, and its own tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from napari_cellbench.scoring.signed_rank import signed_rank


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=9).map(np.array))
def test_with_ties_and_zeros_it_is_every_way_to_flip_signs(differences):
    known = differences[differences != 0].astype(float)
    expected = 1.0
    # SciPy wants two; one is 1 either way.
    if len(known) > 1:
        every = stats.PermutationMethod(n_resamples=np.inf)
        expected = stats.wilcoxon(known, method=every).pvalue
    assert signed_rank(differences.astype(float)) == pytest.approx(expected)


def test_the_smallest_p_of_a_few_images():
    # One side of 2^n ways, and the other.
    assert signed_rank(np.arange(1.0, 6.0)) == pytest.approx(2 / 2**5)
    assert signed_rank(-np.arange(1.0, 6.0)) == pytest.approx(2 / 2**5)
