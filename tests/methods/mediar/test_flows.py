import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the mediar extra")

from skimage.draw import disk

from napari_cellbench.methods.mediar.flows import (
    FLOW_SCALE,
    flows_to_labels,
    follow,
    labels_to_flows,
)


def discs():
    """Two discs that touch, and one apart."""
    labels = np.zeros((80, 100), np.int32)
    for label, (y, x, radius) in enumerate([(30, 30, 14), (30, 57, 14), (60, 80, 10)], start=1):
        labels[disk((y, x), radius, shape=labels.shape)] = label
    return labels


def test_flows_have_length_one_in_cells_and_point_inwards():
    labels = discs()
    flows = labels_to_flows(labels)
    length = np.sqrt((flows**2).sum(0))
    assert not length[labels == 0].any()
    # The middle of a cell has no direction.
    assert np.mean(np.abs(length[labels > 0] - 1) < 1e-5) > 0.99
    ys, xs = np.nonzero(labels == 3)
    inwards = flows[0, ys, xs] * (ys.mean() - ys) + flows[1, ys, xs] * (xs.mean() - xs)
    assert (inwards > -0.1).all()


def test_cells_come_back_from_their_own_flows():
    labels = discs()
    inside = labels > 0
    found = flows_to_labels(
        FLOW_SCALE * labels_to_flows(labels), inside, steps=200, flow_threshold=0.4
    )
    assert found.max() == 3
    for label in (1, 2, 3):
        assert len(np.unique(found[labels == label])) == 1
    assert not found[~inside].any()


def test_no_flows_and_no_cells():
    none = np.zeros((2, 20, 30), np.float32)
    assert not labels_to_flows(np.zeros((20, 30), np.int32)).any()
    for inside in (np.zeros((20, 30), bool), np.ones((20, 30), bool)):
        assert not flows_to_labels(none, inside, steps=20, flow_threshold=0.4).any()


def test_wrong_flows_are_dropped_by_the_threshold():
    labels = discs()
    flows = FLOW_SCALE * labels_to_flows(labels)
    # One of them turns in addition: it still leads to the middle.
    turned = flows.copy()
    turned[:, labels == 3] = (flows + 1.2 * np.stack([-flows[1], flows[0]]))[:, labels == 3]
    inside = labels > 0
    assert flows_to_labels(turned, inside, steps=200, flow_threshold=0).max() == 3
    assert flows_to_labels(turned, inside, steps=200, flow_threshold=0.4).max() == 2


def test_a_cell_that_is_nearly_all_of_the_image_is_background():
    whole = np.ones((40, 40), np.int32)
    flows = FLOW_SCALE * labels_to_flows(whole)
    assert not flows_to_labels(flows, whole > 0, steps=200, flow_threshold=0).any()


@pytest.mark.parametrize("shape", [(1, 30), (30, 1), (1, 1)])
def test_points_stay_within_narrow_images(shape):
    pixels = np.stack(np.nonzero(np.ones(shape)))
    ends = follow(np.ones((2, *shape), np.float32), pixels, 5)
    assert (ends >= 0).all()
    assert (ends < np.array(shape)[:, None]).all()
