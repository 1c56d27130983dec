import numpy as np
import pytest
import tifffile

from napari_cellbench.data.readers import detect, read_samples
from napari_cellbench.errors import InputError


@pytest.mark.parametrize(
    ("folder", "roles", "target"),
    [
        ("dsb2018_fluo/val", ("nucleus",), "nucleus"),
        ("phase_contrast/val", ("phase",), "whole_cell"),
        ("dsb2018_histology/val", ("red", "green", "blue"), "nucleus"),
    ],
)
def test_real_images(shared, folder, roles, target):
    dataset = read_samples(shared / "data" / folder)
    assert len(dataset) == len(list((shared / "data" / folder).glob("*_image.tif")))
    for i, sample in enumerate(dataset[:4]):
        pixels = tifffile.imread(shared / "data" / folder / f"{sample.name}_image.tif")
        labels = tifffile.imread(shared / "data" / folder / f"{sample.name}_labels.tif")
        if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
            # Some of the Bowl's tissue is grey, and was saved in colour.
            assert len(sample.image) == 1
            np.testing.assert_array_equal(sample.image[0], pixels[..., 0])
            continue
        assert sample.roles == roles
        np.testing.assert_array_equal(
            sample.image, np.moveaxis(pixels, -1, 0) if pixels.ndim == 3 else pixels[None]
        )
        np.testing.assert_array_equal(sample.truth[target].labels, labels)
        # Where some images are grey in colour, only the pixels tell.
        assert dataset.shape(i) in (None, sample.image.shape)


def test_two_experts(shared):
    folder = shared / "data/codex_tissue"
    assert detect(folder).key == "pairs"
    (sample,) = read_samples(folder)
    expert = tifffile.imread(folder / "R001_X003_Y004_labels_expert2.tif")
    assert sample.roles == ("nucleus", "whole_cell", "other")
    np.testing.assert_array_equal(sample.metadata["labels_expert2"].labels, expert)
    assert list(sample.truth) == ["whole_cell"]


def test_either_file_opens_the_pair(tmp_path):
    tifffile.imwrite(tmp_path / "a_image.tif", np.zeros((4, 5), np.uint8))
    tifffile.imwrite(tmp_path / "a_labels.tiff", np.ones((4, 5), np.uint8))
    for name in ("a_image.tif", "a_labels.tiff"):
        (sample,) = read_samples(tmp_path / name)
        assert sample.name == "a"
        assert len(sample.truth["nucleus"]) == 1


def test_half_a_pair_is_left_to_napari(tmp_path):
    tifffile.imwrite(tmp_path / "a_image.tif", np.zeros((4, 5), np.uint8))
    tifffile.imwrite(tmp_path / "b_labels.tif", np.zeros((4, 5), np.uint8))
    assert detect(tmp_path / "a_image.tif") is None
    assert detect(tmp_path / "b_labels.tif") is None
    assert detect(tmp_path) is None


def test_an_image_without_labels_among_pairs(tmp_path):
    for name in "ab":
        tifffile.imwrite(tmp_path / f"{name}_image.tif", np.zeros((4, 5), np.uint8))
    tifffile.imwrite(tmp_path / "a_labels.tif", np.ones((4, 5), np.uint8))
    assert [len(sample.truth) for sample in read_samples(tmp_path)] == [1, 0]


def test_experts_of_a_name_with_brackets(tmp_path):
    tifffile.imwrite(tmp_path / "a[1]_image.tif", np.zeros((4, 5), np.uint8))
    for ending in ("labels", "labels_bob"):
        tifffile.imwrite(tmp_path / f"a[1]_{ending}.tif", np.ones((4, 5), np.uint8))
    assert list(read_samples(tmp_path)[0].metadata) == ["labels_bob"]


def test_seven_channels(tmp_path):
    tifffile.imwrite(tmp_path / "a_image.tif", np.zeros((7, 4, 5), ">u2"), photometric="minisblack")
    tifffile.imwrite(tmp_path / "a_labels.tif", np.ones((4, 5), np.uint8))
    assert read_samples(tmp_path)[0].roles == ("other",) * 7


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((3, 5), np.uint8), "the nucleus truth is 3 x 5 pixels, the image 4 x 5"),
        (np.zeros((2, 4, 5), np.uint8), "2 channels; a label image has one"),
        (np.full((4, 5), 0.5, np.float32), "whole numbers"),
        (np.full((4, 5), -1, np.int16), "between 0 and"),
    ],
)
def test_labels_that_dont_fit(tmp_path, labels, message):
    tifffile.imwrite(tmp_path / "a_image.tif", np.zeros((4, 5), np.uint8))
    tifffile.imwrite(tmp_path / "a_labels.tif", labels, photometric="minisblack")
    with pytest.raises(InputError, match=message):
        read_samples(tmp_path)[0]
