"""Wilcoxon's test, against SciPy's and the tables of Wilcoxon's own paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from napari_cellbench.benchmark.signed_rank import EXACT, signed_rank, signed_rank_tests


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=9).map(np.array))
def test_with_ties_and_zeros_it_is_every_way_to_flip_signs(differences):
    known = differences[differences != 0].astype(float)
    expected = 1.0
    # SciPy wants two; one is 1 either way.
    if len(known) > 1:
        every = stats.PermutationMethod(n_resamples=np.inf)
        expected = stats.wilcoxon(known, method=every).pvalue
    assert signed_rank(differences.astype(float)) == pytest.approx(expected)


@pytest.mark.parametrize("n", [3, 12, EXACT])
def test_without_ties_it_is_scipys_exact_one(n):
    differences = np.random.default_rng(n).normal(0.2, size=n)
    assert signed_rank(differences) == pytest.approx(
        stats.wilcoxon(differences, method="exact").pvalue
    )


def test_of_many_images_it_is_the_normal_approximation():
    differences = np.round(np.random.default_rng(5).normal(0.1, size=400), 1)
    assert np.count_nonzero(differences == 0) > 5
    expected = stats.wilcoxon(differences, method="asymptotic", correction=False).pvalue
    assert signed_rank(differences) == pytest.approx(expected)


def test_the_smallest_p_of_a_few_images():
    # One side of 2^n ways, and the other.
    assert signed_rank(np.arange(1.0, 6.0)) == pytest.approx(2 / 2**5)
    assert signed_rank(-np.arange(1.0, 6.0)) == pytest.approx(2 / 2**5)


def test_pairs_are_corrected_together_and_equal_images_say_nothing():
    rng = np.random.default_rng(0)
    a = rng.uniform(size=30)
    values = np.stack([a, a, a - rng.uniform(0.01, 0.1, size=30)], axis=1)
    same, better, again = signed_rank_tests(("a", "b", "c"), values)
    assert (same.first, same.second, same.images, same.p) == ("a", "b", 0, 1.0)
    assert same.is_tie
    for one in (better, again):
        assert (one.images, one.better) == (30, 30)
        assert not one.is_tie
    # Holm: the two equal smallest of three are both three times themselves.
    single = stats.wilcoxon(values[:, 0] - values[:, 2], method="exact").pvalue
    assert better.p == pytest.approx(3 * single)
    assert again.p == pytest.approx(3 * single)
    assert signed_rank_tests(("a",), values[:, :1]) == ()
