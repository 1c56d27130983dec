"""Percentiles of an image that is seen tile by tile, beside NumPy's of the whole image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_cellbench.data import statistics
from napari_cellbench.data.statistics import ExactStatistics, Histogram, Quantiles

EXACT = ["bool", "int8", "uint8", "int16", "uint16"]
images = st.sampled_from(EXACT).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=3, max_dims=3, max_side=12))
)
Q = np.array([0, 0.1, 25, 50, 99.8, 100])


def gather(image, size=5):
    height, width = image.shape[1:]
    tiles = (
        image[:, top : top + size, left : left + size]
        for top in range(0, height, size)
        for left in range(0, width, size)
    )
    return Histogram.gather(tiles, height * width)


@given(images)
def test_histogram_is_exact(image):
    histogram, exact = gather(image), ExactStatistics(image)
    for channel in (None, *range(len(image))):
        values = (image if channel is None else image[channel]).astype(float)
        expected = np.percentile(values, Q)
        np.testing.assert_allclose(histogram.percentiles(Q, channel), expected, atol=1e-9)
        if image.dtype != bool:
            np.testing.assert_allclose(exact.percentiles(Q, channel), expected, atol=1e-9)
    assert histogram.percentile(50) == pytest.approx(np.percentile(image.astype(float), 50))


@pytest.mark.parametrize("dtype", ["int32", "uint64", "float32", "float64"])
def test_wide_types_are_sampled(monkeypatch, dtype):
    monkeypatch.setattr(statistics, "SAMPLE", 10000)
    image = np.random.default_rng(0).normal(1000, 100, (2, 400, 500)).astype(dtype)
    histogram = gather(image, 128)
    assert all(counts.sum() < 20000 for counts in histogram.counts)
    expected = np.percentile(image[1], [5, 50, 95])
    found = histogram.percentiles(np.array([5.0, 50, 95]), 1)
    np.testing.assert_allclose(found, expected, atol=10)


def test_not_finite_values_do_not_count():
    image = np.array([[[np.nan, 1, np.inf], [2, -np.inf, 5]]])
    for found in (ExactStatistics(image), gather(image)):
        assert [found.percentile(q, 0) for q in (0, 50, 100)] == [1, 2, 5]


def test_nothing_finite():
    image = np.full((2, 3, 3), np.nan)
    for found in (ExactStatistics(image), gather(image)):
        assert found.percentile(50) == found.percentile(50, 1) == 0


@given(
    hnp.arrays(np.uint16, st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))),
    st.floats(0, 100),
)
def test_a_table_of_percentiles_is_exact_at_its_entries(image, q):
    exact = ExactStatistics(image)
    table = Quantiles.of(exact, len(image))
    for channel in (None, *range(len(image))):
        np.testing.assert_allclose(
            table.percentiles(Quantiles.AT, channel), exact.percentiles(Quantiles.AT, channel)
        )
        low, high = np.percentile(image if channel is None else image[channel], (0, 100))
        assert low <= table.percentile(q, channel) <= high
