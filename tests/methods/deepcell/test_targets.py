import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from napari_cellbench.methods.deepcell.targets import (
    boundaries,
    eroded,
    foreground,
    inner_distance,
    pixelwise,
)

LABELS = arrays(np.uint16, (9, 11), elements=st.integers(0, 3))


@given(LABELS)
def test_each_pixel_has_one_class(labels):
    for maps in (pixelwise(labels), pixelwise(labels)[[0, 1, 2]], foreground(labels)):
        np.testing.assert_array_equal(maps.sum(0), 1)


@given(LABELS)
def test_classes_are_those_of_the_labels(labels):
    edge, interior, background = pixelwise(labels) > 0
    np.testing.assert_array_equal(interior, eroded(labels) > 0)
    assert not (background & (labels > 0)).any()
    assert edge[boundaries(labels)].all()


def test_distance_is_one_at_the_centre_and_falls_with_the_area():
    labels = np.zeros((30, 60), np.uint16)
    y, x = np.mgrid[:30, :60]
    centres, radii = np.array([(15, 15), (15, 42)]), (9, 13)
    for number, (centre, radius) in enumerate(zip(centres, radii, strict=True), 1):
        labels[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2] = number
    found = inner_distance(labels)
    np.testing.assert_allclose(found[tuple(centres.T)], 1)
    inside = eroded(labels)
    for number, centre in enumerate(centres, 1):
        pixels = np.argwhere(inside == number)
        squared = cdist(pixels, centre[None])[:, 0] ** 2
        expected = 1 / (1 + squared / np.sqrt(len(pixels)))
        np.testing.assert_allclose(found[inside == number], expected, rtol=1e-5)
    assert not found[inside == 0].any()


def test_nothing_has_no_distance():
    assert not inner_distance(np.zeros((5, 7), np.uint16)).any()
