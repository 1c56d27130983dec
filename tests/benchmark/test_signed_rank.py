"""Wilcoxon's test of every two methods."""

import numpy as np
import pytest
from scipy import stats

from napari_cellbench.benchmark.signed_rank import signed_rank_tests


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
