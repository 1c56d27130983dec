"""Growing against scikit-image, shrinking against distances computed cell by cell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import distance_transform_edt
from skimage.segmentation import expand_labels

from napari_cellbench.errors import InputError
from napari_cellbench.morphology import GrowthField

MANY = settings(max_examples=4 * settings.default.max_examples, deadline=None)
sizes = st.floats(0.1, 5) | st.sampled_from([0.1, 0.3, 0.5, 0.65, 1.0, 2.0, 3.0])
distances = st.floats(0, 8) | st.sampled_from([1.0, 2.0**0.5, 5.0**0.5, 2.5, 3.0, 5.0])


@st.composite
def scenes(draw, ndim):
    """Sparse labels: many pixels are equally far from several of them."""
    shape = draw(st.tuples(*[st.integers(1, 14 if ndim < 3 else 7)] * ndim))
    labels = draw(arrays(np.int32, shape, elements=st.integers(0, 5), fill=st.just(0)))
    keep = draw(arrays(bool, shape, elements=st.booleans(), fill=st.just(False)))
    return labels * keep


def eroded(labels, distance, spacing):
    """Keep the pixels of each cell that are further than `distance` from what is not the cell."""
    out = np.zeros_like(labels)
    for i in np.unique(labels[labels > 0]):
        inside = labels == i
        if inside.all():
            out[inside] = i
            continue
        out[(distance_transform_edt(inside, sampling=spacing) > distance) & inside] = i
    return out


@MANY
@given(data=st.data(), ndim=st.integers(1, 3), distance=distances)
def test_growing_is_expand_labels(data, ndim, distance):
    labels = data.draw(scenes(ndim))
    if not labels.any():
        return  # scipy has no nearest label then
    grown = GrowthField(labels, 8).at(distance)
    np.testing.assert_array_equal(grown, expand_labels(labels, distance))


@MANY
@given(data=st.data(), ndim=st.integers(1, 3), distance=distances)
def test_growing_is_expand_labels_with_any_spacing(data, ndim, distance):
    labels = data.draw(scenes(ndim))
    if not labels.any():
        return
    spacing = data.draw(st.tuples(*[sizes] * ndim))
    grown = GrowthField(labels, 8, spacing).at(distance)
    np.testing.assert_array_equal(grown, expand_labels(labels, distance, spacing=spacing))


@MANY
@given(data=st.data(), ndim=st.integers(1, 3), distance=distances, iso=st.booleans())
def test_shrinking_cell_by_cell(data, ndim, distance, iso):
    shape = data.draw(st.tuples(*[st.integers(1, 12 if ndim < 3 else 6)] * ndim))
    labels = data.draw(arrays(np.int32, shape, elements=st.integers(0, 2), fill=st.just(1)))
    spacing = (1.0,) * ndim if iso else data.draw(st.tuples(*[sizes] * ndim))
    shrunk = GrowthField(labels, 8, spacing).at(-distance)
    expected = labels if distance == 0 else eroded(labels, distance, spacing)
    np.testing.assert_array_equal(shrunk, expected)


def test_real_cells(shared):
    """A real annotation, grown and shrunk along the whole slider."""
    tifffile = pytest.importorskip("tifffile")
    labels = tifffile.imread(shared / "data/codex_tissue/R001_X003_Y004_labels.tif")
    field = GrowthField(labels, 15)
    for distance in (0, 1, 2.5, 7, 15):
        grown = field.at(distance)
        assert grown.dtype == labels.dtype
        np.testing.assert_array_equal(grown, expand_labels(labels, distance))


@pytest.mark.parametrize("reach", [20, 300, 70000])
def test_far_reach(reach):
    """Each way in which distances are stored."""
    labels = np.zeros((3, 400), np.uint8)
    labels[1, 10] = 3
    field = GrowthField(labels, reach)
    for distance in (0, 1.5, 20, min(reach, 350)):
        np.testing.assert_array_equal(field.at(distance), expand_labels(labels, distance))


def test_nothing_there():
    assert not GrowthField(np.zeros((4, 5), int), 3).at(2).any()
    assert GrowthField(np.zeros((0, 5), int), 3).at(2).shape == (0, 5)
    full = np.full((4, 5), 7)
    np.testing.assert_array_equal(GrowthField(full, 3).at(-3), full)


def test_mask_is_kept_free():
    labels = np.zeros((5, 9), int)
    labels[2, 4] = 1
    mask = np.ones(labels.shape, bool)
    mask[:, 5:] = False
    grown = GrowthField(labels, 3, mask=mask).at(2)
    np.testing.assert_array_equal(grown, np.where(mask, expand_labels(labels, 2), 0))


def test_depth():
    labels = np.zeros((7, 7), int)
    labels[1:6, 1:6] = 2
    depth = GrowthField(labels, 2).depth
    assert (depth[0, 0], depth[1, 1], depth[2, 2], depth[3, 3]) == (0, 1, 2, 3)
    assert np.isinf(GrowthField(np.ones((3, 3), int), 2).depth).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_distance": -1}, "greatest distance"),
        ({"max_distance": np.nan}, "greatest distance"),
        ({"max_distance": 2, "spacing": (1, 0)}, "spacing"),
        ({"max_distance": 2, "spacing": (1, 1, 1)}, "spacing"),
        ({"max_distance": 2, "mask": np.ones((2, 2), bool)}, "mask"),
    ],
)
def test_what_does_not_fit(arguments, message):
    with pytest.raises(InputError, match=message):
        GrowthField(np.ones((3, 3), int), **arguments)


def test_beyond_the_greatest_distance():
    field = GrowthField(np.ones((3, 3), int), 2)
    for distance in (2.1, -2.1, np.nan):
        with pytest.raises(InputError, match="beyond"):
            field.at(distance)


def test_unknown_way_with_parts():
    with pytest.raises(InputError, match="largest"):
        GrowthField(np.ones((3, 3), int), 2).at(-1, "smallest")


def test_the_array_is_not_shared():
    labels = np.zeros((5, 5), np.int32)
    labels[2, 2] = 1
    field = GrowthField(labels, 2)
    labels[:] = 0
    assert (field.at(1) > 0).sum() == 5
