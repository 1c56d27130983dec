"""Outlines fill to the same pixels and are valid polygons."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from napari_cellbench.data import Instances
from napari_cellbench.data.writers.outlines import outlines

from .conftest import filled

label_images = arrays(
    np.int32, array_shapes(min_dims=2, max_dims=2, max_side=10), elements=st.integers(0, 3)
)


def area(ring):
    """Shoelace formula; positive where the object is on the right on the screen."""
    x, y = ring.T
    return (x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


@given(label_images)
def test_filling_gives_the_object_back(labels):
    instances = Instances.from_labels(labels)
    drawn = dict(outlines(instances))
    assert list(drawn) == instances.ids.tolist()
    for i, polygons in drawn.items():
        rings = [ring for polygon in polygons for ring in polygon]
        np.testing.assert_array_equal(filled(rings, labels.shape), labels == i)


@given(label_images)
def test_masks_have_the_outlines_of_labels(labels):
    instances = Instances.from_labels(labels)
    masks = Instances.from_masks(instances.to_masks(), instances.shape)
    for (_, expected), (_, found) in zip(outlines(instances), outlines(masks), strict=True):
        assert [[r.tolist() for r in p] for p in found] == [
            [r.tolist() for r in p] for p in expected
        ]


@given(label_images)
def test_one_polygon_for_each_part_and_one_ring_for_each_hole(labels):
    for i, polygons in outlines(Instances.from_labels(labels)):
        parts, count = ndimage.label(labels == i)
        assert len(polygons) == count
        for polygon in polygons:
            outer, *holes = polygon
            assert area(outer) > 0
            assert all(area(hole) < 0 for hole in holes)
            rings = filled(polygon, labels.shape)
            part = parts == parts[rings][0]
            np.testing.assert_array_equal(rings, part)
            filled_part = ndimage.binary_fill_holes(part)
            np.testing.assert_array_equal(filled([outer], labels.shape), filled_part)
            assert len(holes) == ndimage.label(filled_part & ~part)[1]


@given(label_images)
def test_rings_are_simple_and_have_corners_only(labels):
    for _, polygons in outlines(Instances.from_labels(labels)):
        for ring in (ring for polygon in polygons for ring in polygon):
            assert len(np.unique(ring, axis=0)) == len(ring)
            ahead = np.roll(ring, -1, axis=0) - ring
            behind = ring - np.roll(ring, 1, axis=0)
            assert ((ahead == 0).sum(axis=1) == 1).all()
            assert ((ahead * behind) == 0).all()


def test_a_ring_that_is_closed_at_a_corner_only():
    """A hole that touches the outside at a corner is a hole."""
    labels = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1]], np.int32)
    [(_, [polygon])] = outlines(Instances.from_labels(labels))
    assert [abs(area(ring)) for ring in polygon] == [8, 1]
