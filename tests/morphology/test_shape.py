"""Shapes against OpenCV's outlines and scikit-image's properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.draw import ellipse
from skimage.measure import label, regionprops_table

from napari_cellbench.errors import InputError
from napari_cellbench.morphology import shape_features

noise = arrays(np.int32, (9, 11), elements=st.sampled_from([0, 0, 3, 8]), fill=st.just(3))


@settings(max_examples=3 * settings.default.max_examples, deadline=None)
@given(labels=noise)
def test_equal_to_opencv(labels):
    cv2 = pytest.importorskip("cv2")
    found = shape_features(labels)
    np.testing.assert_array_equal(found["label"], np.unique(labels[labels > 0]))
    for k, i in enumerate(found["label"]):
        inside = labels == i
        assert found["size"][k] == inside.sum()
        parts = label(inside, connectivity=2)
        largest = parts == np.bincount(parts[inside]).argmax()
        contours, _ = cv2.findContours(
            largest.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        perimeter = cv2.arcLength(contours[0], closed=True)
        hull = cv2.arcLength(cv2.convexHull(contours[0]), closed=True)
        if perimeter == 0:
            assert found["convexity"][k] == 1
            assert np.isnan(found["elongation"][k])
            continue
        assert found["convexity"][k] == pytest.approx(hull / perimeter, abs=1e-5)
        points = np.unique(contours[0][:, 0], axis=0)
        low, high = np.linalg.eigvalsh(np.cov(points.T))
        assert found["elongation"][k] == pytest.approx(low / high, abs=1e-9)


def test_known_shapes():
    labels = np.zeros((120, 240), int)
    labels[ellipse(60, 60, 40, 40)] = 1
    labels[ellipse(60, 170, 20, 60)] = 2
    labels[115, 5:50] = 3
    found = shape_features(labels, ("eccentricity", "centroid"))
    disk, oval, line = found["elongation"]
    assert disk == pytest.approx(1, abs=0.01)
    assert line < oval < disk
    assert (line, found["convexity"][2]) == (0, 1)
    table = regionprops_table(labels, properties=("eccentricity", "centroid"))
    for name, values in table.items():
        np.testing.assert_array_equal(found[name], values)


def test_no_cells():
    found = shape_features(np.zeros((4, 5), int))
    assert [len(values) for values in found.values()] == [0, 0, 0, 0, 0]


def test_a_stack():
    with pytest.raises(InputError, match="must be"):
        shape_features(np.zeros((3, 4, 5), int))
