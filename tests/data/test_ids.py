import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.data.ids import count_pixels, numbered
from napari_cellbench.data.instances import Instances
from napari_cellbench.data.sizes import areas
from napari_cellbench.data.writers.outlines import outlines
from napari_cellbench.morphology import GrowthField, shape_features
from napari_cellbench.scoring import score

small = arrays(np.int32, (9, 11), elements=st.integers(0, 6))
names = st.lists(st.integers(1, 2**31 - 1), min_size=6, max_size=6, unique=True).map(sorted)


@given(small, names)
def test_counts_and_numbers(labels, ids):
    large = np.array([0, *ids], np.int32)[labels]
    found, counts = count_pixels(large)
    expected, expected_counts = np.unique(large[large > 0], return_counts=True)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(counts, expected_counts)
    again, numbers = numbered(large)
    np.testing.assert_array_equal(np.array([0, *again])[numbers], large)
    assert numbers.max(initial=0) == len(ids_of(labels))


@given(small, small, names)
def test_what_takes_labels_goes_by_objects_and_not_by_names(labels, other, ids):
    """Memory by the largest id would be 8 GiB an array here."""
    large, compact = np.array([0, *ids], np.int32)[labels], labels
    of = Instances.from_labels(large)
    assert len(of) == len(ids_of(labels))
    np.testing.assert_array_equal(areas(of), areas(Instances.from_labels(compact)))
    assert of.to_masks() == Instances.from_labels(compact).to_masks()
    assert score(large, other).to_dict() == score(compact, other).to_dict()
    features, expected = (shape_features(x, ("eccentricity",)) for x in (large, compact))
    for name, values in expected.items():
        if name != "label":
            np.testing.assert_array_equal(features[name], values)
    for distance in (-1, 2):
        grown = GrowthField(large, 2).at(distance)
        expected_grown = GrowthField(compact, 2).at(distance)
        np.testing.assert_array_equal(numbered(grown)[1] > 0, expected_grown > 0)
        np.testing.assert_array_equal(grown, np.array([0, *ids])[expected_grown])
    drawn = [len(polygons) for _, polygons in outlines(of)]
    assert drawn == [len(p) for _, p in outlines(Instances.from_labels(compact))]


def ids_of(labels):
    return np.setdiff1d(labels, 0)
