"""Intervals and tests by resampling, against SciPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_cellbench.benchmark.resampling import (
    flip_test,
    holm,
    mean_intervals,
    paired_tests,
    resampled_means,
)

VALUES = st.lists(st.floats(-5, 5), min_size=2, max_size=40).map(np.array)


@settings(max_examples=settings.default.max_examples // 5)
@given(VALUES)
def test_an_interval_lies_within_the_values_and_holds_the_middle(values):
    (found,) = mean_intervals(values[:, None])
    assert found.value == pytest.approx(values.mean())
    assert values.min() - 1e-9 <= found.low <= found.high <= values.max() + 1e-9


def test_an_interval_is_scipys():
    values = np.random.default_rng(1).gamma(2, size=60)
    (found,) = mean_intervals(values[:, None])
    other = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert [found.low, found.high] == pytest.approx([other.low, other.high], abs=0.04)


def test_methods_are_drawn_together_and_the_same_each_time():
    values = np.random.default_rng(0).normal(size=(30, 2))
    values[:, 1] = values[:, 0] + 1
    draws = resampled_means(values)
    assert np.ptp(draws[:, 1] - draws[:, 0]) < 1e-9
    assert np.array_equal(draws, resampled_means(values))


@pytest.mark.parametrize("n", [3, 8, 12])
def test_few_pairs_are_tested_exactly(n):
    differences = np.random.default_rng(n).normal(0.4, size=n)
    other = stats.permutation_test(
        (differences, np.zeros(n)),
        lambda a, b: np.mean(a - b),
        permutation_type="samples",
        n_resamples=np.inf,
        vectorized=False,
    )
    assert flip_test(differences) == pytest.approx(other.pvalue)


def test_many_pairs_are_tested_about_as_the_t_test_does():
    differences = np.random.default_rng(4).normal(0.18, size=120)
    assert flip_test(differences) == pytest.approx(
        stats.ttest_1samp(differences, 0).pvalue, abs=0.01
    )


@settings(max_examples=settings.default.max_examples // 5)
@given(VALUES)
def test_the_order_of_methods_doesnt_matter(differences):
    assert flip_test(differences) == pytest.approx(flip_test(-differences), abs=0.02)


def test_equal_methods_tie_and_unequal_ones_dont():
    random = np.random.default_rng(0)
    one = random.random(50)
    values = np.stack([one, one, one - 0.1 + 0.01 * random.random(50)], axis=1)
    same, better, also_better = paired_tests(("a", "b", "c"), values)
    assert same.is_tie
    assert same.p == 1
    assert same.difference.value == 0
    assert not better.is_tie
    assert not also_better.is_tie
    assert better.difference.low > 0.08
    assert better.images == 50


def test_holm_by_hand():
    # 3 x 0.01, then 2 x 0.03, then what came before, since 0.04 is less.
    assert holm([0.04, 0.01, 0.03]) == pytest.approx((0.06, 0.03, 0.06))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_corrected_values_are_no_smaller_and_keep_their_order(ps):
    corrected = holm(ps)
    assert all(0 <= p <= c <= 1 for p, c in zip(ps, corrected, strict=True))
    order = np.argsort(ps, kind="stable")
    assert np.all(np.diff(np.array(corrected)[order]) >= 0)
