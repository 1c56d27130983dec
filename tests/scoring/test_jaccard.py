"""The aggregated Jaccard index, as its paper's algorithm goes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.scoring.jaccard import aggregated_jaccard
from napari_cellbench.scoring.overlap import overlap

noise = arrays(np.int32, (5, 6), elements=st.integers(0, 5), fill=st.just(0))


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(truth=noise, prediction=noise)
def test_algorithm_1_of_kumar_2017(truth, prediction):
    if not truth.any() and not prediction.any():
        assert np.isnan(aggregated_jaccard(overlap(truth, prediction)))
        return
    shared = total = 0
    left = {j: prediction == j for j in np.unique(prediction) if j}
    candidates = dict(left)
    for i in np.unique(truth[truth > 0]):
        a = truth == i
        best = max(
            candidates, key=lambda j: ((a & candidates[j]).sum() / (a | candidates[j]).sum(), -j),
            default=None,
        )  # fmt: skip
        if best is None or not (a & candidates[best]).any():
            total += a.sum()
            continue
        shared += (a & candidates[best]).sum()
        total += (a | candidates[best]).sum()
        left.pop(best, None)
    total += sum(b.sum() for b in left.values())
    assert aggregated_jaccard(overlap(truth, prediction)) == pytest.approx(shared / total)
