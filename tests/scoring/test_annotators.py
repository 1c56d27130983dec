"""Two people on the same image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.scoring import score
from napari_cellbench.scoring.annotators import agreement

noise = arrays(np.int32, (4, 6), elements=st.integers(0, 4))


def test_two_experts(shared):
    tifffile = pytest.importorskip("tifffile")
    folder = shared / "data/codex_tissue"
    first = tifffile.imread(folder / "R001_X003_Y004_labels.tif")
    second = tifffile.imread(folder / "R001_X003_Y004_labels_expert2.tif")
    found = agreement([(first, second)])
    figures = score(first, second)
    assert found.error_rate == figures.error_rate > 0
    assert found.consensus_error_rate == found.error_rate / 2
    assert found.accuracy == score(second, first).accuracy[0]
    assert found.swapped_error_rate == pytest.approx(score(second, first).error_rate)
    # Neither is small, and they differ much.
    assert found.error_rate == pytest.approx(1.031, abs=0.001)
    assert found.swapped_error_rate == pytest.approx(1.689, abs=0.001)
    said = found.describe("A", "B")
    assert "1.031" in said
    assert "1.689" in said
    assert "these aren't small" in said


def test_mean_over_images_with_truth():
    one = np.array([[1, 1, 0, 2]])
    found = agreement([(one, one), (one, one * 0), (one * 0, one)])
    assert found.error_rate == pytest.approx(0.5)
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.swapped_error_rate == pytest.approx(0.5)


@given(first=noise, second=noise)
@settings(deadline=None)
def test_either_way_round(first, second):
    one, other = agreement([(first, second)]), agreement([(second, first)])
    assert one.swapped_error_rate == pytest.approx(other.error_rate, nan_ok=True)
    assert one.accuracy == pytest.approx(other.accuracy, nan_ok=True)


def test_small_errors():
    one = np.arange(12).reshape(3, 4)
    assert agreement([(one, one)]).describe("A", "B").endswith("independent errors.")


def test_no_images():
    with pytest.raises(ValueError, match="at least one"):
        agreement([])
