"""Two people on the same image."""

import numpy as np
import pytest

from napari_cellbench.scoring import score
from napari_cellbench.scoring.annotators import agreement


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


def test_mean_over_images_with_truth():
    one = np.array([[1, 1, 0, 2]])
    found = agreement([(one, one), (one, one * 0), (one * 0, one)])
    assert found.error_rate == pytest.approx(0.5)
    assert found.accuracy == pytest.approx(1 / 3)


def test_no_images():
    with pytest.raises(ValueError, match="at least one"):
        agreement([])
