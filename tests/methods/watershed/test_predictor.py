"""Classical watershed on drawn and on real images."""

import numpy as np
import pytest
from scipy import ndimage as ndi
from stardist.matching import matching

from napari_cellbench.data.images import read_image, read_labels
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.watershed import Watershed, WatershedParameters


def segment(image, roles=("nucleus",), **parameters):
    predictor = Watershed().load(None, "cpu")
    return predictor.predict(
        image,
        roles,
        WatershedParameters(**parameters),
        ExactStatistics(image),
        lambda current, maximum: None,
    ).labels


def nuclei(brightness=(100, 100), shape=(60, 120), blur=0):
    """Two nuclei of 24 pixels over a background of 10."""
    y, x = np.indices(shape)
    image = np.full(shape, 10.0, np.float32)
    for centre, value in zip((30, 90), brightness, strict=True):
        image[np.hypot(y - 30, x - centre) < 12] = value
    return ndi.gaussian_filter(image, blur)[None]


def test_sharp_discs_are_found_exactly():
    np.testing.assert_array_equal(segment(nuclei()) > 0, nuclei()[0] == 100)
    assert segment(nuclei()).max() == 2


def test_edges_are_at_half_height():
    """A bright nucleus isn't drawn larger than a dim one."""
    labels = segment(nuclei((200, 100), blur=2))
    areas = np.bincount(labels.ravel())[1:]
    disc = (nuclei()[0, :, :60] == 100).sum()
    assert areas == pytest.approx(disc, rel=0.12)
    loose = np.bincount(segment(nuclei((200, 100), blur=2), edge=0.0).ravel())[1:]
    assert loose.max() > 1.2 * disc


def test_dark_objects():
    bright = nuclei((100, 80), blur=1)
    np.testing.assert_array_equal(segment(200 - bright, dark_objects=True), segment(bright))


def test_holes_are_filled():
    image = nuclei()
    image[0, 28:32, 28:32] = 10
    np.testing.assert_array_equal(segment(image) > 0, nuclei()[0] == 100)


def test_glaring_pixels_do_not_hide_the_rest():
    image = nuclei()
    image[0, 2, 2:6] = 60000
    assert segment(image).max() == 2


def test_uneven_background():
    image = nuclei((90, 90)) + np.linspace(0, 200, 120, dtype=np.float32)
    inside = nuclei()[0] == 100
    local = segment(image, threshold="local", edge=0.0)
    assert matching(np.where(inside, 1 + (np.indices(inside.shape)[1] > 60), 0), local).tp == 2
    assert matching(inside.astype(int), (segment(image) > 0).astype(int)).tp == 0


def test_small_objects_are_dropped():
    image = nuclei()
    image[0, 5:10, 5:10] = 100
    assert segment(image, min_size=25).max() == 3
    assert segment(image, min_size=26).max() == 2


def test_higher_correction_finds_less():
    areas = [(segment(nuclei(blur=3), correction=c, edge=0.0) > 0).sum() for c in (0.5, 1, 2)]
    assert areas == sorted(areas, reverse=True)
    assert areas[0] > areas[2]


@pytest.mark.parametrize(
    ("roles", "used"),
    [
        (("other", "nucleus"), 1),
        (("whole_cell", "nucleus"), 1),
        (("phase", "whole_cell"), 1),
        (("other", "other"), 0),
    ],
)
def test_channels(roles, used):
    image = np.zeros((2, 60, 120), np.float32)
    image[used] = nuclei()
    assert segment(image, roles).max() == 2


def test_colours_count_alike():
    colours = np.concatenate([nuclei((100, 10)), nuclei((10, 100)), nuclei((10, 10))])
    assert segment(colours, ("red", "green", "blue")).max() == 2


@pytest.mark.parametrize("threshold", ["li", "otsu", "local"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (20, 20)])
def test_constant_and_tiny(threshold, shape):
    assert segment(np.full((1, *shape), 7, np.uint16), threshold=threshold).max() == 0
    ramp = np.arange(np.prod(shape), dtype=np.uint16).reshape(1, *shape)
    assert segment(ramp, threshold=threshold).shape == shape


def test_demo_image():
    """Crowded nuclei; Otsu's threshold without the edges at half height gives 0.52."""
    sample = demo_sample()
    labels = segment(sample.image)
    assert matching(sample.truth["nucleus"].labels, labels, 0.5).accuracy > 0.58


def test_real_nuclei(shared):
    """A sixth of the validation images; all of them give 0.803 at 0.5 and 0.695 at 0.7."""
    accuracy = []
    for file in sorted((shared / "data" / "dsb2018_fluo" / "val").glob("*_image.tif"))[::6]:
        truth = read_labels(file.with_name(file.name.replace("_image", "_labels")))
        found = segment(read_image(file).image)
        accuracy.append([matching(truth, found, t).accuracy for t in (0.5, 0.7)])
    assert len(accuracy) >= 10
    mean = np.mean(accuracy, 0)
    assert mean[0] > 0.7
    assert mean[1] > 0.6
