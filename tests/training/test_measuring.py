"""Whether a difference is more than chance."""

import numpy as np
import pytest
from scipy.stats import wilcoxon

from napari_cellbench.training.measuring import ENOUGH, paired


def test_the_test_is_wilcoxons_on_what_is_defined():
    rng = np.random.default_rng(0)
    before = rng.random(20)
    after = before + rng.normal(0.02, 0.05, 20)
    assert paired(before, after) == pytest.approx(wilcoxon(before, after).pvalue)
    gaps = before.copy()
    gaps[3] = np.nan
    keep = np.isfinite(gaps)
    assert paired(gaps, after) == pytest.approx(wilcoxon(before[keep], after[keep]).pvalue)


def test_few_images_tell_nothing_and_equal_ones_no_difference():
    assert paired([0.5] * (ENOUGH - 1), [0.9] * (ENOUGH - 1)) is None
    assert paired([0.5] * ENOUGH, [0.5] * ENOUGH) == 1.0
