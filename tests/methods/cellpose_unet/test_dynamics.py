import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from napari_cellbench.methods.cellpose_unet.dynamics import (
    FLOW_SCALE,
    flow_errors,
    flows_to_masks,
    follow_flows,
)

cellpose = pytest.importorskip("cellpose.dynamics", reason="needs the cellpose extra")


def _discs():
    """Labels of discs of several sizes, and the flows that cellpose computes for them."""
    y, x = np.mgrid[:90, :120]
    labels = np.zeros(y.shape, np.int32)
    for i, (cy, cx, r) in enumerate([(20, 20, 12), (25, 60, 16), (65, 30, 18), (60, 90, 9)], 1):
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= r**2] = i
    flows = cellpose.labels_to_flows([labels])[0]
    probability = np.where(labels > 0, 6.0, -6.0)[None]
    return labels, np.concatenate([FLOW_SCALE * flows[2:4], probability]).astype(np.float32)


def _masks(flows, **changes):
    options = {"steps": 200, "flow_threshold": 0.4, "cellprob_threshold": 0.0, "min_size": 15}
    return flows_to_masks(flows, **{**options, **changes})


def test_the_flows_of_masks_give_the_masks_again():
    labels, flows = _discs()
    found = _masks(flows)
    assert found.max() == 4
    for i in range(1, 5):
        overlap = np.bincount(found[labels == i], minlength=5)
        assert overlap.max() >= 0.98 * (labels == i).sum()


def test_flow_errors_are_small_for_the_masks_own_flows_only():
    labels, flows = _discs()
    assert (flow_errors(labels, flows[:2]) < 0.02).all()
    # A flow turned by 180 degrees is 2 away from a unit vector: its squared error is 4.
    np.testing.assert_allclose(flow_errors(labels, -flows[:2]), 4, atol=0.2)


def test_thresholds_and_smallest_size():
    labels, flows = _discs()
    flows[:2, labels == 2] *= -1
    flows[2, labels == 3] = -2
    sizes = np.bincount(labels.ravel())
    assert _masks(flows).max() == 2
    assert _masks(flows, cellprob_threshold=-3).max() == 3
    assert _masks(flows, min_size=int(sizes[4]) + 5).max() == 1
    assert _masks(flows, flow_threshold=0).max() >= 2
    assert not _masks(flows, cellprob_threshold=7).any()


@settings(deadline=None, max_examples=settings.default.max_examples // 3)
@given(seed=st.integers(0, 2**32 - 1), shape=st.tuples(st.integers(2, 9), st.integers(2, 9)))
def test_one_step_is_the_bilinear_flow_and_stays_inside(seed, shape):
    rng = np.random.default_rng(seed)
    flow = rng.normal(0, 2, (2, *shape)).astype(np.float32)
    pixels = np.stack(np.nonzero(np.ones(shape)))
    first = follow_flows(flow, pixels, 1)
    second = follow_flows(flow, pixels, 2)
    step = np.stack([map_coordinates(f, first, order=1, mode="nearest") for f in flow])
    limit = np.array(shape)[:, None] - 1
    np.testing.assert_allclose(first, np.clip(pixels + flow.reshape(2, -1), 0, limit), atol=1e-5)
    np.testing.assert_allclose(second, np.clip(first + step, 0, limit), atol=1e-4)
