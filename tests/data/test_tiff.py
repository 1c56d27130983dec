"""Tests of TIFF files: exactly the pixels that were put in, or an error, never others."""

from __future__ import annotations

import os

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from napari_cellbench.data.images import image_shape, read_image, read_pixels
from napari_cellbench.data.orientation import turned
from napari_cellbench.errors import InputError

RNG = np.random.default_rng(0)
DTYPES = [f"{s}{n}" for s in ("int", "uint") for n in (8, 16, 32, 64)]
DTYPES += ["bool", "float16", "float32", "float64"]
LAYOUTS = {
    "YX": lambda image: image[0],
    "CYX": lambda image: image,
    "YXC": lambda image: np.moveaxis(image, 0, -1),
    "1YX": lambda image: image[:1],
    "YX1": lambda image: image[0][..., None],
    "planar": lambda image: image,
    "contiguous": lambda image: np.moveaxis(image, 0, -1),
    "rgb": lambda image: np.moveaxis(image[:3], 0, -1),
    "rgba": lambda image: np.moveaxis(image, 0, -1),
}


def random_image(dtype, shape, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) > 0.5
    if np.dtype(dtype).kind == "f":
        return rng.normal(size=shape).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    dtype=st.sampled_from(DTYPES),
    layout=st.sampled_from(list(LAYOUTS)),
    channels=st.integers(2, 5),
    photometric=st.sampled_from(["minisblack", "miniswhite"]),
    order=st.sampled_from("<>"),
    compression=st.sampled_from([None, "zlib", "lzw", "zstd", "packbits"]),
    tiled=st.booleans(),
    big=st.booleans(),
    orientation=st.integers(1, 8),
    suffix=st.sampled_from(["tif", "TIF", "Tiff", "TIFF"]),
    size=st.tuples(st.integers(17, 40), st.integers(17, 40)),
)
def test_exactly_the_pixels_that_were_put_in(
    tmp_path, dtype, layout, channels, photometric, order, compression, tiled, big, orientation,
    suffix, size
):  # fmt: skip
    colours = {"rgb": 3, "rgba": 4}.get(layout)
    assume(dtype != "bool" or (layout in ("YX", "CYX", "1YX") and compression is None))
    assume(not (tiled and dtype == "bool"))
    image = random_image(dtype, (colours or channels, *size))
    if layout in ("YX", "1YX", "YX1"):
        image = image[:1]
    path = tmp_path / f"a.{suffix}"
    options = {"photometric": "rgb" if colours else photometric}
    if layout in ("planar", "contiguous"):
        options["planarconfig"] = {"planar": "separate", "contiguous": "contig"}[layout]
    tifffile.imwrite(
        path,
        LAYOUTS[layout](image),
        byteorder=order,
        compression=compression,
        tile=(16, 16) if tiled else None,
        bigtiff=big,
        extratags=[(274, "H", 1, orientation, True)],
        **options,
    )
    sample = read_image(path)
    expected = image[:3] if colours else image
    if photometric == "miniswhite" and not colours:
        kind = np.dtype(dtype).kind
        if kind == "f":
            expected = (expected.min() - expected + expected.max()).astype(dtype)
        else:
            expected = ~expected
    expected = turned(expected, orientation)
    np.testing.assert_array_equal(sample.image, expected)
    assert sample.image.dtype == (np.uint8 if dtype == "bool" else np.dtype(dtype))
    assert sample.image.dtype.isnative
    assert image_shape(path) == sample.image.shape
    assert (sample.roles == ("red", "green", "blue")) == bool(colours)
    assert any("upright" in note for note in sample.notes) == (orientation > 1)


@pytest.mark.parametrize(
    ("kind", "channels"), [("ome", 1), ("ome", 2), ("ome", 6), ("imagej", 2), ("imagej", 6)]
)
def test_channels_of_imagej_and_ome_and_their_names(tmp_path, kind, channels):
    image = RNG.integers(0, 2**16, (channels, 20, 30), np.uint16)
    names = [f"stain {i}" for i in range(channels)]
    path = tmp_path / ("a.ome.tif" if kind == "ome" else "a.tif")
    if kind == "ome":
        metadata = {"axes": "CYX", "Channel": {"Name": names}}
        tifffile.imwrite(path, image, photometric="minisblack", metadata=metadata)
    else:
        labels = [f"c:{i + 1}/{channels} - {name}" for i, name in enumerate(names)]
        tifffile.imwrite(path, image, imagej=True, metadata={"axes": "CYX", "Labels": labels})
    sample = read_image(path)
    np.testing.assert_array_equal(sample.image, image)
    assert sample.metadata["channels"] == tuple(names)


def test_names_of_pages_and_of_tifffiles_own_description(tmp_path):
    image = RNG.integers(0, 255, (2, 20, 30), np.uint8)
    metadata = {"axes": "CYX", "channel_names": ["DAPI", "CD45"]}
    tifffile.imwrite(tmp_path / "a.tif", image, metadata=metadata)
    with tifffile.TiffWriter(tmp_path / "b.tif") as writer:
        for plane, name in zip(image, ("DAPI", "CD45"), strict=True):
            writer.write(plane, metadata=None, extratags=[(285, "s", 0, name, True)])
    for name in ("a.tif", "b.tif"):
        assert read_image(tmp_path / name).metadata["channels"] == ("DAPI", "CD45")
    tifffile.imwrite(tmp_path / "c.tif", image)
    assert "channels" not in read_image(tmp_path / "c.tif").metadata


def test_a_thumbnail_is_not_the_image(tmp_path):
    image = RNG.integers(0, 255, (64, 80), np.uint8)
    path = tmp_path / "a.tif"
    images = [image[::8, ::8], image, image[:30, :30]]
    with tifffile.TiffWriter(path) as writer:
        for one in images:
            writer.write(one, metadata=None)
    sample = read_image(path)
    np.testing.assert_array_equal(sample.image, image[None])
    assert "3 images: 0 (8 x 10), 1 (64 x 80), 2 (30 x 30)" in sample.notes[0]
    assert "Number 1 was taken, the largest" in sample.notes[0]
    for i, one in enumerate(images):
        sample = read_image(path, i)
        np.testing.assert_array_equal(sample.image[0], one)
        assert sample.notes == ()
    for i in (-1, 3):
        with pytest.raises(InputError, match=f"no image number {i}; it holds 0"):
            read_image(path, i)


def test_of_a_pyramid_the_full_resolution_is_taken(tmp_path):
    image = RNG.integers(0, 255, (64, 80), np.uint8)
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as writer:
        writer.write(image, subifds=1)
        writer.write(image[::2, ::2], subfiletype=1)
    with tifffile.TiffWriter(tmp_path / "b.tif") as writer:
        for step in (1, 2, 4):
            writer.write(image[::step, ::step], subfiletype=int(step > 1), metadata=None)
    for name, levels in (("a.ome.tif", 2), ("b.tif", 3)):
        sample = read_image(tmp_path / name)
        np.testing.assert_array_equal(sample.image, image[None])
        assert f"{levels} levels of a pyramid" in sample.notes[0]


def test_of_several_positions_one_is_taken_and_said(tmp_path):
    image = RNG.integers(0, 255, (3, 20, 30), np.uint8)
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as writer:
        for i, plane in enumerate(image):
            metadata = {"Name": f"well {i}", "PhysicalSizeX": i + 0.5, "PhysicalSizeY": i + 0.5}
            writer.write(plane, metadata=metadata)
    sample = read_image(path)
    np.testing.assert_array_equal(sample.image[0], image[0])
    assert "Number 0 was taken, the first of 3 of that size" in sample.notes[0]
    assert "2 (well 2: 20 x 30)" in sample.notes[0]
    for i in range(3):
        sample = read_image(path, i)
        np.testing.assert_array_equal(sample.image[0], image[i])
        assert sample.pixel_size == (i + 0.5, i + 0.5)
        assert not sample.notes


def test_a_page_of_another_size_among_planes(tmp_path):
    image = RNG.integers(0, 255, (4, 20, 30), np.uint8)
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        for plane in (*image[:2], image[0, :5, :5], *image[2:]):
            writer.write(plane, metadata=None)
    sample = read_image(path)
    np.testing.assert_array_equal(sample.image, image)
    assert len(sample.notes) == 2


def test_planes_of_colours_are_colours_unless_tifffile_guessed_so(tmp_path):
    image = RNG.integers(0, 255, (3, 20, 30), np.uint8)
    options = {"photometric": "rgb", "planarconfig": "separate"}
    tifffile.imwrite(tmp_path / "a.tif", image, software="Photoshop", **options)
    tifffile.imwrite(tmp_path / "b.tif", image, **options)
    colours, channels = (read_image(tmp_path / name) for name in ("a.tif", "b.tif"))
    assert colours.roles == ("red", "green", "blue")
    assert channels.roles == ("nucleus", "whole_cell", "other")
    np.testing.assert_array_equal(colours.image, image)
    np.testing.assert_array_equal(channels.image, image)


@pytest.mark.parametrize("extra", ["unassalpha", "assocalpha", "unspecified"])
def test_grey_with_alpha_is_one_channel_and_two_samples_are_two(tmp_path, extra):
    image = RNG.integers(0, 255, (20, 30, 2), np.uint8)
    path = tmp_path / "a.tif"
    options = {"photometric": "minisblack", "planarconfig": "contig", "extrasamples": [extra]}
    tifffile.imwrite(path, image, **options)
    sample = read_image(path)
    count = 2 if extra == "unspecified" else 1
    np.testing.assert_array_equal(sample.image, np.moveaxis(image, -1, 0)[:count])
    assert image_shape(path) == sample.image.shape


def test_palette_is_pillows_but_a_table_to_show_values_in_is_not_applied(tmp_path):
    indices = RNG.integers(0, 6, (20, 30), np.uint8)
    colours = RNG.integers(0, 255, (256, 3), np.uint8)
    picture = Image.fromarray(indices, "P")
    picture.putpalette(colours.ravel().tolist())
    picture.save(tmp_path / "a.tif")
    sample = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(
        np.moveaxis(sample.image, 0, -1), np.asarray(picture.convert("RGB"))
    )
    assert sample.roles == ("red", "green", "blue")
    assert image_shape(tmp_path / "a.tif") == (3, 20, 30)
    fire = (np.linspace(0, 65535, 256)[None] * [[1.0], [0.5], [0]]).astype(np.uint16)
    tifffile.imwrite(tmp_path / "b.tif", indices, photometric="palette", colormap=fire)
    sample = read_image(tmp_path / "b.tif")
    np.testing.assert_array_equal(sample.image, indices[None])
    assert "the values were read" in sample.notes[0]


def test_printing_colours_become_rgb_as_in_pillow(tmp_path):
    picture = Image.fromarray(RNG.integers(0, 255, (20, 30, 4), np.uint8), "CMYK")
    picture.save(tmp_path / "a.tif")
    sample = read_image(tmp_path / "a.tif")
    expected = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(read_pixels(tmp_path / "a.tif") - expected).max() <= 1
    assert "CMYK" in sample.notes[0]


def test_colour_spaces_that_arent_known_are_refused(tmp_path):
    image = RNG.integers(0, 255, (20, 30, 3), np.uint8)
    for photometric in ("cielab", "ycbcr"):
        tifffile.imwrite(tmp_path / "a.tif", image, photometric=photometric)
        with pytest.raises(InputError, match="save it as RGB or grey"):
            read_image(tmp_path / "a.tif")


def test_jpeg_in_tiff_is_rgb(tmp_path):
    image = np.full((32, 32, 3), (200, 40, 40), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", image, photometric="rgb", compression="jpeg")
    found = read_pixels(tmp_path / "a.tif").astype(int)
    assert np.abs(found - image).max() < 10


def test_values_that_imagej_shows_inverted_stay(tmp_path):
    image = RNG.integers(0, 255, (20, 30), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", image, imagej=True, photometric="miniswhite")
    sample = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(sample.image[0], image)
    assert "shown inverted in ImageJ" in sample.notes[0]


def test_missing_planes_are_not_read_as_black(tmp_path):
    image = RNG.integers(0, 255, (2, 20, 30), np.uint8)
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, image, photometric="minisblack", metadata={"axes": "CYX"})
    data = path.read_bytes()
    path.write_bytes(data.replace(b'PlaneCount="2"', b'PlaneCount="1"', 1))
    with pytest.raises(InputError, match="1 of the 2 planes"):
        read_image(path)


def of_two_files(folder, other):
    """Write two channels as OME-TIFF in two files; the first names the other."""
    image = RNG.integers(0, 255, (2, 20, 30), np.uint8)
    blocks = "".join(
        f'<TiffData FirstC="{c}" IFD="0" PlaneCount="1">'
        f'<UUID FileName="{name}">urn:uuid:{c}</UUID></TiffData>'
        for c, name in enumerate(("a.ome.tif", other))
    )
    for c, name in enumerate(("a.ome.tif", "b.ome.tif")):
        text = (
            f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{c}">'
            '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" '
            f'SizeX="30" SizeY="20" SizeC="2" SizeZ="1" SizeT="1">{blocks}</Pixels></Image></OME>'
        )
        tifffile.imwrite(folder / name, image[c], description=text, metadata=None)
    return folder / "a.ome.tif", image


def test_channels_in_two_files(tmp_path):
    path, image = of_two_files(tmp_path, "b.ome.tif")
    np.testing.assert_array_equal(read_image(path).image, image)


def test_a_file_that_was_renamed(tmp_path):
    path, image = of_two_files(tmp_path, "b.ome.tif")
    renamed = path.rename(tmp_path / "c.ome.tif")
    np.testing.assert_array_equal(read_image(renamed).image, image)


@pytest.mark.parametrize("other", ["../b.ome.tif", "pipe", "/dev/zero", "gone.ome.tif"])
def test_other_files_that_metadata_name_are_siblings_or_not_opened(tmp_path, other):
    path, _ = of_two_files(tmp_path, other)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=f"which aren't beside it: {other}"):
        read_image(path)


def test_axes_that_the_user_names(tmp_path):
    image = RNG.integers(0, 255, (2, 20, 30), np.uint8)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, image, imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(InputError, match="--axes CYX"):
        read_image(path)
    np.testing.assert_array_equal(read_image(path, axes="CYX").image, image)
