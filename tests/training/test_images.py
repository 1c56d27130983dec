"""The images of a run: by whole images, of the same channels, none of them on both sides."""

import numpy as np
import pytest
import tifffile

from napari_cellbench.errors import InputError
from napari_cellbench.training.images import read_images


def names(samples):
    return {sample.name for sample in samples}


def test_a_fifth_is_held_back_and_told(plan):
    images = read_images(plan())
    assert images.target == "nucleus"
    assert (len(images.train), len(images.validation)) == (5, 1)
    assert not names(images.train) & names(images.validation)
    assert "held back" in images.notes[0]
    assert names(read_images(plan()).validation) == names(images.validation), "the same each time"


def test_named_images_are_measured_on(plan, pairs):
    images = read_images(plan(validation=pairs))
    assert len(images.train) == len(images.validation) == 6
    assert images.notes == ()


def test_few_images_are_all_learnt_from(plan, pairs, tmp_path):
    for file in sorted(pairs.iterdir())[:4]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    images = read_images(plan(train=tmp_path))
    assert (len(images.train), len(images.validation)) == (2, 0)
    assert "isn't measured" in images.notes[0]


def test_replayed_images_are_a_share_and_some_are_only_measured_on(plan, pairs):
    images = read_images(plan(replay=pairs, share=0.5, validation=pairs))
    assert len(images.train) == 12
    assert len(images.replay) == 1


def test_channels_that_differ_are_named(plan, pairs, tmp_path):
    rng = np.random.default_rng(0)
    for file in sorted(pairs.iterdir())[:2]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tifffile.imwrite(
        tmp_path / "z_image.tif", rng.integers(0, 255, (64, 64, 3), np.uint8), photometric="rgb"
    )
    tifffile.imwrite(tmp_path / "z_labels.tif", np.ones((64, 64), np.uint16))
    with pytest.raises(InputError, match="same channels"):
        read_images(plan(train=tmp_path))


def test_a_grey_image_among_colour_images_is_learnt_from(plan, tmp_path):
    """As nine of the 67 stained training images of the Data Science Bowl are."""
    rng = np.random.default_rng(0)
    for number in range(2):
        pixels = rng.integers(215, 235, (64, 64, 3), np.uint8)
        pixels[20:40, 20:40] -= np.array([90, 150, 60], np.uint8)
        if number:
            pixels[..., 1:] = pixels[..., :1]
        tifffile.imwrite(tmp_path / f"{number}_image.tif", pixels, photometric="rgb")
        tifffile.imwrite(tmp_path / f"{number}_labels.tif", np.ones((64, 64), np.uint16))
    images = read_images(plan(train=tmp_path))
    assert {sample.roles for sample in images.train} == {("red", "green", "blue")}
    assert [sample.image.shape for sample in images.train] == [(3, 64, 64)] * 2


def test_fewer_images_are_among_more_and_the_same_are_measured_on(plan):
    few, more, every = (read_images(plan(images=count)) for count in (1, 3, None))
    assert len(few.train) == 1
    assert len(more.train) == 3
    assert names(few.train) < names(more.train) < names(every.train)
    assert names(few.validation) == names(every.validation)
    with pytest.raises(InputError, match="There are 5 images to learn from"):
        read_images(plan(images=6))
