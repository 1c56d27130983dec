import imageio.v3 as iio
import numpy as np
import pytest

from napari_cellbench.data.readers import detect, read_samples
from napari_cellbench.errors import InputError

RNG = np.random.default_rng(2)
SHAPE = (20, 24)


def save(stage, name, colour, masks):
    entry = stage / name
    (entry / "images").mkdir(parents=True)
    rgba = np.concatenate([colour, np.full((*colour.shape[:2], 1), 255, np.uint8)], 2)
    iio.imwrite(entry / "images" / f"{name}.png", rgba)
    if masks is not None:
        (entry / "masks").mkdir()
        for i, mask in enumerate(masks):
            iio.imwrite(entry / "masks" / f"m{i}.png", mask.astype(np.uint8) * 255)
    return entry


def bright():
    """Stained nuclei on even light, as transmitted light shows them; (90, 120)."""
    y, x = np.indices((90, 120))
    near = np.hypot(y % 30 - 15, x % 30 - 15)
    light = 210 - 120 / (1 + np.exp(near - 8)) + RNG.normal(0, 2, near.shape)
    return np.repeat(light.astype(np.uint8)[..., None], 3, 2)


def grey(low, high):
    values = RNG.integers(low, high, (*SHAPE, 1), np.uint8)
    values[:2, :3] = 255
    values[-1, -1] = 0
    return np.repeat(values, 3, 2)


def squares(*corners):
    masks = np.zeros((len(corners), *SHAPE), bool)
    for mask, (y, x) in zip(masks, corners, strict=True):
        mask[y : y + 5, x : x + 5] = True
    return masks


@pytest.fixture
def stage(tmp_path):
    folder = tmp_path / "stage1_train"
    save(folder, "a1", grey(5, 20), squares((1, 1), (8, 8)))
    save(folder, "b2", bright(), np.ones((1, 90, 120), bool))
    save(folder, "c3", RNG.integers(0, 255, (*SHAPE, 3), np.uint8), squares((0, 0), (3, 3)))
    return folder


def test_a_stage(stage):
    assert detect(stage).key == "dsb2018"
    dataset = read_samples(stage)
    assert dataset.names == ("a1", "b2", "c3")
    assert [s.group for s in dataset] == ["fluorescence", "brightfield", "histology"]
    assert [len(s.image) for s in dataset] == [1, 1, 3]
    np.testing.assert_array_equal(
        dataset[0].image[0], iio.imread(stage / "a1/images/a1.png")[..., 1]
    )
    labels = dataset[0].truth["nucleus"].labels
    np.testing.assert_array_equal([labels == 1, labels == 2], squares((1, 1), (8, 8)))


def test_overlapping_nuclei_stay_masks(stage):
    truth = read_samples(stage)[2].truth["nucleus"]
    assert truth.labels is None
    assert [int((truth.to_labels() == i).sum()) for i in (1, 2)] == [25, 21]


def test_one_image_by_its_folder_or_file(stage):
    for path in (stage / "b2", stage / "b2/images/b2.png"):
        (sample,) = read_samples(path)
        assert sample.name == "b2"
        assert len(sample.truth["nucleus"]) == 1


def test_test_images_have_no_truth(tmp_path):
    save(tmp_path / "stage1_test", "d4", grey(5, 20), None)
    (sample,) = read_samples(tmp_path / "stage1_test")
    assert sample.truth == {}


def test_no_nuclei_and_empty_masks(tmp_path):
    save(tmp_path, "e5", grey(5, 20), np.zeros((1, *SHAPE), bool))
    assert len(read_samples(tmp_path)[0].truth["nucleus"]) == 0


def test_masks_of_another_shape(stage):
    iio.imwrite(stage / "a1/masks/m9.png", np.zeros((5, 5), np.uint8))
    with pytest.raises(InputError, match=r"m9\.png has 5 x 5 pixels, its image 20 x 24"):
        read_samples(stage)[0]


def test_damaged_mask(stage):
    (stage / "a1/masks/m1.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"m1\.png .*is empty"):
        read_samples(stage)[0]


def test_a_folder_of_many_images_is_no_stage(tmp_path):
    (tmp_path / "images").mkdir()
    for name in "xy":
        iio.imwrite(tmp_path / "images" / f"{name}.png", grey(0, 9))
    assert detect(tmp_path) is None
