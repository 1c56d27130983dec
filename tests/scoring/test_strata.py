"""Accuracy by bins, against pandas and scipy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from napari_cellbench.errors import InputError
from napari_cellbench.morphology.shape import shape_features
from napari_cellbench.scoring.cell_pairs import finding
from napari_cellbench.scoring.overlap import overlap
from napari_cellbench.scoring.strata import quantile_edges, strata, wilson


@settings(deadline=None)
@given(total=st.integers(1, 500), data=st.data(), level=st.sampled_from([0.9, 0.95, 0.99]))
def test_wilson_equals_scipy(total, data, level):
    right = data.draw(st.integers(0, total))
    expected = binomtest(right, total).proportion_ci(level, method="wilson")
    low, high = wilson([right], [total], level)
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_without_trials():
    low, high = wilson([0, 1], [0, 1])
    assert np.isnan([low[0], high[0]]).all()
    assert high[1] == 1


@pytest.mark.parametrize("name", ["size", "elongation", "convexity"])
def test_real_strata_equal_pandas(six_segmentations, name):
    truth, prediction = six_segmentations["truth"], six_segmentations["Otsu and watershed"]
    found = finding(overlap(truth, prediction))
    true_values = shape_features(truth)[name]
    values = shape_features(prediction)[name]
    edges = quantile_edges(true_values, 4)
    result = strata(true_values, found.found, values, found.right, edges)

    open_edges = [-np.inf, *edges[1:-1], np.inf]
    for share, own, right in (
        (result.recall, true_values, found.found),
        (result.precision, values, found.right),
    ):
        bins = pd.cut(own, open_edges, right=False)
        table = pd.Series(right).groupby(bins, observed=False).agg(["sum", "size", "mean"])
        np.testing.assert_array_equal(share.right, table["sum"])
        np.testing.assert_array_equal(share.total, table["size"])
        np.testing.assert_allclose(share.value, table["mean"])
        assert (share.low <= share.value).all()
        assert (share.value <= share.high).all()
    recall, precision = result.recall.value, result.precision.value
    np.testing.assert_allclose(result.f1, 2 / (1 / recall + 1 / precision))


def test_cells_beyond_the_edges_and_without_a_value():
    result = strata([0, 1, 2, 9, np.nan], [1, 0, 1, 1, 1], [], [], [1, 2, 3])
    np.testing.assert_array_equal(result.recall.total, [2, 2])
    np.testing.assert_array_equal(result.recall.right, [1, 2])
    assert np.isnan(result.precision.value).all()
    assert np.isnan(result.f1).all()


def test_nothing_right_is_an_f1_of_0():
    assert strata([1], [False], [1], [False], [0, 2]).f1[0] == 0


@settings(deadline=None)
@given(values=st.lists(st.floats(-100, 100), min_size=1), bins=st.integers(1, 6))
def test_quantile_edges_hold_all_values(values, bins):
    edges = quantile_edges([*values, np.nan], bins)
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= bins + 1
    assert edges[0] == min(values)
    assert edges[-1] >= max(values)


def test_quantile_bins_hold_equally_many():
    values = np.random.default_rng(0).normal(size=400)
    counts, _ = np.histogram(values, quantile_edges(values, 4))
    np.testing.assert_array_equal(counts, 100)


def test_bad_input():
    with pytest.raises(InputError, match="ascend"):
        strata([], [], [], [], [1, 1])
    with pytest.raises(InputError, match="one per cell"):
        strata([1], [], [], [], [0, 1])
    with pytest.raises(InputError, match="no cells"):
        quantile_edges([np.nan], 3)
