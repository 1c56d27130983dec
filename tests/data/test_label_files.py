"""Tests of label images in every dress: the same cells come back."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.draw import disk
from skimage.measure import label

from napari_cellbench.data.images import read_labels, read_noted_labels
from napari_cellbench.errors import InputError

RNG = np.random.default_rng(0)


def discs(count, ground=0):
    """Return a label image of discs that don't touch."""
    labels = np.full((12 * ((count + 9) // 10), 120), ground, np.int64)
    for i in range(count):
        labels[disk((6 + 12 * (i // 10), 6 + 12 * (i % 10)), 5)] = i + 1
    return labels


def same_cells(found, expected):
    """Tell whether two label images are equal but for their numbers."""
    pairs = np.unique(np.stack([found.ravel(), expected.ravel()]), axis=1)
    one_to_one = len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]
    return one_to_one and np.array_equal(found == 0, expected == 0)


def coloured(labels, seed, dtype="uint8", ground=(0, 0, 0)):
    """Give each id its own colour, none of them black or white."""
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    codes = rng.choice(np.arange(1, 255**3 - 1), labels.max() + 1, replace=False)
    table = np.stack([codes // 255**2, codes // 255 % 255, codes % 255], axis=1).astype(dtype)
    table = table * (top // 255)
    table[0] = ground
    return table.astype(dtype)[labels]


quiet = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quiet
@given(
    count=st.integers(1, 250),
    dress=st.sampled_from(["grey", "grey rgb", "grey rgba", "palette", "1yx", "yx1", "white low"]),
    wide=st.booleans(),
)
def test_numbers_come_back_from_every_dress(tmp_path, count, dress, wide):
    labels = discs(count)
    wide &= dress != "palette"
    values = labels.astype("uint16" if wide else "uint8") * (200 if wide else 1)
    path = tmp_path / ("a.tif" if dress in ("1yx", "yx1", "white low") else "a.PNG")
    if dress == "palette":
        picture = Image.fromarray(values, "P")
        palette = RNG.integers(0, 255, (256, 3))
        picture.putpalette(palette.ravel().tolist())
        picture.save(path)
    elif dress in ("1yx", "yx1", "white low"):
        shaped = {"1yx": values[None], "yx1": values[..., None]}.get(dress, values)
        photometric = "miniswhite" if dress == "white low" else "minisblack"
        tifffile.imwrite(path, shaped, photometric=photometric)
    else:
        channels = {"grey": [], "grey rgb": [values] * 3, "grey rgba": [values] * 3}[dress]
        opaque = [np.full_like(values, np.iinfo(values.dtype).max)] * (dress == "grey rgba")
        image = np.stack([*channels, *opaque], axis=-1) if channels else values
        path.write_bytes(imagecodecs.png_encode(image))
    np.testing.assert_array_equal(read_labels(path), values)


@quiet
@given(
    count=st.integers(2, 300),
    seed=st.integers(0, 99),
    dtype=st.sampled_from(["uint8", "uint16"]),
    clear=st.booleans(),
)
def test_a_colour_a_cell(tmp_path, count, seed, dtype, clear):
    labels = discs(count)
    image = coloured(labels, seed, dtype, ground=(1, 2, 3) if clear else (0, 0, 0))
    if clear:
        alpha = np.where(labels > 0, np.iinfo(dtype).max, 0).astype(dtype)
        image = np.concatenate([image, alpha[..., None]], axis=-1)
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(image))
    found, notes = read_noted_labels(path)
    assert same_cells(found, labels)
    assert notes == (f"a.png is in colours: each of its {count} is one cell's.",)


@quiet
@given(count=st.integers(60, 300), colours=st.integers(8, 20), seed=st.integers(0, 99))
def test_colours_that_come_again_are_told_by_region(tmp_path, count, colours, seed):
    labels = discs(count)
    image = coloured(np.where(labels, labels % colours + 1, 0), seed)
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(image))
    found, notes = read_noted_labels(path)
    assert same_cells(found, label(labels > 0, connectivity=2))
    assert f"in {colours} colours, which come again: each of {count}" in notes[0]


def test_kinds_in_a_few_colours_are_refused_and_named(tmp_path):
    labels = discs(40)
    image = np.zeros((*labels.shape, 3), np.uint8)
    image[labels > 0] = (255, 0, 0)
    image[labels > 20] = (0, 200, 0)
    Image.fromarray(image).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"2 colours in 40 regions \(#000000, #00c800, #ff0000\)"):
        read_labels(tmp_path / "a.png")


@pytest.mark.parametrize("ground", [(255, 255, 255), (90, 90, 80)])
def test_a_ground_that_isnt_black_is_said(tmp_path, ground):
    labels = discs(30)
    image = coloured(labels, 3, ground=ground)
    Image.fromarray(image).save(tmp_path / "a.png")
    found, notes = read_noted_labels(tmp_path / "a.png")
    assert same_cells(found, labels)
    assert "taken for background" in notes[0]


def test_one_colour_is_a_mask(tmp_path):
    labels = discs(30)
    image = np.where(labels[..., None] > 0, np.uint8([250, 0, 10]), np.uint8(0))
    Image.fromarray(image).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_labels(tmp_path / "a.png"), labels > 0)
    tifffile.imwrite(tmp_path / "b.tif", labels > 0)
    np.testing.assert_array_equal(read_labels(tmp_path / "b.tif"), labels > 0)


def test_a_palette_that_was_made_for_colours(tmp_path):
    labels = discs(30)
    picture = Image.fromarray(coloured(labels, 5)).quantize(31)
    indices = np.asarray(picture)
    # Pillow puts the most common colour, the background, first; others don't.
    palette = np.reshape(picture.getpalette(), (-1, 3))[:31][::-1]
    other = Image.fromarray((30 - indices).astype(np.uint8), "P")
    other.putpalette(palette.ravel().tolist())
    picture.save(tmp_path / "a.png")
    other.save(tmp_path / "b.png")
    for name in ("a.png", "b.png"):
        assert same_cells(read_labels(tmp_path / name), labels), name


def test_transparent_entries_of_a_palette_are_background(tmp_path):
    labels = discs(30)
    picture = Image.fromarray(np.where(labels, labels, 77).astype(np.uint8), "P")
    picture.putpalette(RNG.integers(1, 255, 768).tolist())
    picture.save(tmp_path / "a.png", transparency=77)
    np.testing.assert_array_equal(read_labels(tmp_path / "a.png"), labels)


def test_jpeg_holds_no_labels(tmp_path):
    labels = discs(30).astype(np.uint8)
    Image.fromarray(labels).save(tmp_path / "a.jpg")
    tifffile.imwrite(tmp_path / "b.tif", labels, compression="jpeg")
    for name in ("a.jpg", "b.tif"):
        with pytest.raises(InputError, match="JPEG, which changes numbers"):
            read_labels(tmp_path / name)


def test_labels_are_turned_as_their_image_is(tmp_path):
    labels = discs(35)
    tifffile.imwrite(tmp_path / "a.tif", labels.astype("uint8"), extratags=[(274, "H", 1, 6, True)])
    found = read_labels(tmp_path / "a.tif")
    np.testing.assert_array_equal(found, np.rot90(labels, -1))
    assert found.flags.c_contiguous


def test_a_picture_and_channels_are_refused(tmp_path):
    picture = RNG.integers(0, 255, (50, 50, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="looks like a picture"):
        read_labels(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "b.tif", picture[..., :2].transpose(2, 0, 1))
    with pytest.raises(InputError, match="2 channels; a label image has one"):
        read_labels(tmp_path / "b.tif")
