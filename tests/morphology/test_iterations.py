"""Both rules, against scipy cell by cell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import binary_dilation, binary_erosion, distance_transform_cdt

from napari_cellbench.data.rle import pixels
from napari_cellbench.errors import InputError
from napari_cellbench.morphology.iterations import dilate, dilate_masks, erode
from napari_cellbench.scoring.overlap import overlap
from napari_cellbench.scoring.paper import mean_best_iou

MANY = settings(max_examples=2 * settings.default.max_examples, deadline=None)
shapes = st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple)


@MANY
@given(data=st.data(), shape=shapes, n=st.integers(0, 4))
def test_dilation(data, shape, n):
    labels = data.draw(arrays(np.uint8, shape, elements=st.integers(0, 4), fill=st.just(0)))
    ids = np.unique(labels[labels > 0])
    steps = {i: distance_transform_cdt(labels != i, "taxicab") for i in ids}
    expected = labels.copy()
    for pixel in zip(*np.nonzero(labels == 0), strict=True):
        reached = (
            [(steps[i][pixel], i) for i in ids if binary_dilation(labels == i, iterations=n)[pixel]]
            if n
            else []
        )
        expected[pixel] = min(reached)[1] if reached else 0
    np.testing.assert_array_equal(dilate(labels, n), expected)


@MANY
@given(data=st.data(), n=st.integers(0, 4))
def test_dilation_of_each_mask_by_itself(data, n):
    labels = data.draw(
        arrays(np.uint16, (6, 7), elements=st.sampled_from([0, 1, 2, 900]), fill=st.just(0))
    )
    found = dilate_masks(labels, n)
    ids = np.unique(labels[labels > 0])
    assert len(found) == len(ids)
    for i, mask in zip(ids, found.to_masks(), strict=True):
        drawn = np.zeros(labels.shape, bool)
        drawn[pixels(mask)] = True
        cell = labels == i
        np.testing.assert_array_equal(drawn, binary_dilation(cell, iterations=n) if n else cell)


def test_rules_differ_where_cells_meet(shared):
    """The figures that the module names."""
    tifffile = pytest.importorskip("tifffile")
    cells = tifffile.imread(shared / "data/codex_tissue/R001_X003_Y004_labels.tif")
    nuclei = erode(cells, 3)
    truth = np.where(np.isin(cells, np.unique(nuclei)), cells, 0)
    found = [
        (mean_best_iou(overlap(truth, dilate(nuclei, n))),
         mean_best_iou(overlap(truth, dilate_masks(nuclei, n))))
        for n in (4, 10)
    ]  # fmt: skip
    assert found == [pytest.approx(pair, abs=0.005) for pair in ((0.87, 0.83), (0.68, 0.36))]


@MANY
@given(data=st.data(), shape=shapes, n=st.integers(0, 4))
def test_erosion(data, shape, n):
    labels = data.draw(arrays(np.int64, shape, elements=st.integers(0, 2), fill=st.just(1)))
    expected = np.zeros_like(labels)
    for i in np.unique(labels[labels > 0]):
        inside = labels == i
        expected[binary_erosion(inside, iterations=n) if n else inside] = i
    np.testing.assert_array_equal(erode(labels, n), expected)


@pytest.mark.parametrize("change", [dilate, dilate_masks, erode])
def test_negative(change):
    with pytest.raises(InputError, match="0 or more"):
        change(np.ones((2, 2), int), -1)
