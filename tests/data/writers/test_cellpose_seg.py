"""Cellpose's _seg.npy, against what cellpose itself writes."""

import numpy as np
import pytest

from napari_cellbench.data.writers import write_labels

from .conftest import PROVENANCE


def load(path):
    """Load like the Cellpose GUI."""
    return np.load(path, allow_pickle=True).item()


@pytest.fixture
def cellpose_io():
    return pytest.importorskip("cellpose.io", reason="needs cellpose")


def compact(labels):
    """Objects in one part each, without holes, as Cellpose makes them."""
    labels = np.where(np.isin(labels, (1, 400)), labels, 0)
    labels[5:8, 6:9] = 1
    return labels


def test_same_as_cellpose(tmp_path, labels, cellpose_io):
    labels = compact(labels)
    flow = np.zeros((*labels.shape, 3), np.uint8)
    flows = [flow, np.zeros((2, *labels.shape), np.float32), np.zeros(labels.shape, np.float32)]
    cellpose_io.masks_flows_to_seg(flow, labels, flows, str(tmp_path / "theirs.tif"))
    theirs = load(tmp_path / "theirs_seg.npy")
    ours = load(write_labels(tmp_path / "ours_seg.npy", labels))
    assert set(theirs) <= set(ours)
    for key in ("masks", "outlines"):
        assert ours[key].dtype == theirs[key].dtype
        np.testing.assert_array_equal(ours[key], theirs[key])
    assert ours["chan_choose"] == theirs["chan_choose"]
    assert ours["ismanual"].dtype == theirs["ismanual"].dtype


def test_ids_are_kept(tmp_path, labels):
    np.testing.assert_array_equal(
        load(write_labels(tmp_path / "a_seg.npy", labels))["masks"], labels
    )


def test_many_ids(tmp_path):
    labels = np.arange(70_000).reshape(200, 350)
    content = load(write_labels(tmp_path / "a_seg.npy", labels))
    assert content["masks"].dtype == np.uint32
    np.testing.assert_array_equal(content["masks"], labels)


def test_provenance(tmp_path, labels):
    content = load(write_labels(tmp_path / "b_seg.npy", labels, provenance=PROVENANCE))
    assert content["cellbench"] == {**PROVENANCE, "image": "b"}
    assert content["filename"] == "b"


def test_no_objects(tmp_path):
    content = load(write_labels(tmp_path / "a_seg.npy", np.zeros((5, 6), np.uint8)))
    assert not content["masks"].any()
    assert len(content["ismanual"]) == 0
