import imageio.v3 as iio
import numpy as np
import pytest
import tifffile

from napari_cellbench.data.readers import detect, read_samples
from napari_cellbench.errors import InputError

RNG = np.random.default_rng(3)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    dark = np.zeros((12, 10), np.uint16)
    dark[3:5, 3:5] = 900
    colour = RNG.integers(0, 255, (8, 9, 3), np.uint8)
    iio.imwrite(tmp_path / "images/cell_00001.bmp", colour)
    iio.imwrite(tmp_path / "images/cell_00002.png", dark)
    tifffile.imwrite(tmp_path / "images/cell_00003.tif", dark)
    tifffile.imwrite(tmp_path / "images/cell_00004.tiff", 1000 - dark)
    for i, shape in enumerate([(8, 9), (12, 10), (12, 10), (12, 10)], 1):
        labels = np.arange(shape[0] * shape[1], dtype=np.uint16).reshape(shape)
        tifffile.imwrite(tmp_path / f"labels/cell_0000{i}_label.tiff", labels)
    return tmp_path


def test_images_of_every_kind(folder):
    assert detect(folder).key == "neurips"
    dataset = read_samples(folder)
    assert [sample.roles for sample in dataset] == [
        ("red", "green", "blue"),
        ("whole_cell",),
        ("whole_cell",),
        ("whole_cell",),
    ]
    for i, sample in enumerate(dataset):
        assert sample.name == f"cell_0000{i + 1}"
        assert dataset.shape(i) == sample.image.shape
        expected = tifffile.imread(folder / f"labels/{sample.name}_label.tiff")
        np.testing.assert_array_equal(sample.truth["whole_cell"].labels, expected)


def test_one_image(folder):
    (sample,) = read_samples(folder / "images/cell_00002.png")
    assert len(sample.truth["whole_cell"]) == 119


def test_missing_labels_and_labels_of_another_shape(folder):
    (folder / "labels/cell_00001_label.tiff").unlink()
    tifffile.imwrite(folder / "labels/cell_00003_label.tiff", np.zeros((3, 3), np.uint16))
    dataset = read_samples(folder)
    assert dataset[0].truth == {}
    with pytest.raises(InputError, match="cell_00003: the whole_cell truth is 3 x 3"):
        dataset[2]


def test_no_images(folder):
    for path in (folder / "images").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="no images"):
        read_samples(folder)
