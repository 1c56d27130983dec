"""TIFF, read back by tifffile and by scikit-image."""

import json

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.writers import write_labels

from .conftest import PROVENANCE


@pytest.mark.parametrize(
    ("largest", "dtype"),
    [(255, np.uint16), (65_535, np.uint16), (65_536, np.uint32), (2**31 - 1, np.uint32)],
)
def test_ids_keep_their_values(tmp_path, labels, largest, dtype):
    labels[0, 0] = largest
    path = write_labels(tmp_path / "a.tif", labels)
    read = tifffile.imread(path)
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, labels)


@pytest.mark.parametrize(("shape", "axes"), [((1, 5, 6), "YX"), ((4, 5, 6), "ZYX")])
def test_stacks(tmp_path, shape, axes):
    stack = np.arange(np.prod(shape)).reshape(shape)
    with tifffile.TiffFile(write_labels(tmp_path / "a.tif", stack)) as file:
        assert file.series[0].axes == axes
        np.testing.assert_array_equal(file.asarray().reshape(shape), stack)


def test_time_series_of_stacks(tmp_path):
    stack = np.arange(3 * 4 * 5 * 6).reshape(3, 4, 5, 6)
    with tifffile.TiffFile(write_labels(tmp_path / "a.tiff", stack)) as file:
        assert file.series[0].axes == "TZYX"
        assert (file.imagej_metadata["frames"], file.imagej_metadata["slices"]) == (3, 4)
        np.testing.assert_array_equal(file.asarray(), stack)


def test_planes_are_not_taken_for_colours(tmp_path):
    stack = np.arange(3 * 8 * 3).reshape(3, 8, 3)
    with tifffile.TiffFile(write_labels(tmp_path / "a.tif", stack)) as file:
        assert file.pages[0].photometric.name == "MINISBLACK"
        np.testing.assert_array_equal(file.asarray(), stack)


def test_compressed(tmp_path):
    path = write_labels(tmp_path / "a.tif", np.ones((1000, 1000), np.uint16))
    assert path.stat().st_size < 10_000


def test_pixel_size_and_provenance_for_imagej(tmp_path, labels):
    path = write_labels(tmp_path / "a.tif", labels, provenance=PROVENANCE, pixel_size=0.325)
    with tifffile.TiffFile(path) as file:
        assert file.is_imagej
        assert file.imagej_metadata["unit"] == "um"
        pixels, micrometres = file.pages[0].tags["XResolution"].value
        assert micrometres / pixels == pytest.approx(0.325)
        record = json.loads(file.imagej_metadata["Info"])["cellbench"]
    assert record == {**PROVENANCE, "pixel_size_um": 0.325}


@pytest.mark.parametrize("most", [1, 70_000])
def test_pixels_that_are_not_square(tmp_path, labels, most):
    labels[0, 0] = most
    path = write_labels(tmp_path / "a.tif", labels, pixel_size=(0.5, 0.25))
    with tifffile.TiffFile(path) as file:
        tags = file.pages[0].tags
        size = [length / pixels for pixels, length in (tags[f"{a}Resolution"].value for a in "YX")]
    assert size[0] / size[1] == pytest.approx(2)


def test_pixel_size_and_provenance_of_32_bits(tmp_path, labels):
    labels[0, 0] = 70_000
    path = write_labels(tmp_path / "a.tif", labels, provenance=PROVENANCE, pixel_size=0.325)
    with tifffile.TiffFile(path) as file:
        tags = file.pages[0].tags
        assert tags["ResolutionUnit"].value == tifffile.RESUNIT.CENTIMETER
        pixels, centimetres = tags["YResolution"].value
        # Older versions of tifffile round more coarsely.
        assert 1e4 * centimetres / pixels == pytest.approx(0.325, rel=1e-4)
        record = json.loads(tags["ImageDescription"].value)["cellbench"]
    assert record == {**PROVENANCE, "pixel_size_um": 0.325}


def test_overlapping_masks_are_flattened(tmp_path, overlapping):
    read = tifffile.imread(write_labels(tmp_path / "a.tif", overlapping))
    assert np.unique(read).tolist() == [0, 1, 2]
    assert read[15, 16] == 2, "the higher score is on top"
