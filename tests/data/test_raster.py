"""Tests of PNG, BMP and JPEG files, against Pillow and imagecodecs."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress

import imagecodecs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from napari_cellbench.data.images import image_shape, read_image, read_labels, read_pixels
from napari_cellbench.data.orientation import turned
from napari_cellbench.errors import InputError

RNG = np.random.default_rng(0)


def chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def with_chunk(path, kind, content):
    """Put a chunk behind a PNG's header."""
    data = path.read_bytes()
    path.write_bytes(data[:33] + chunk(kind, content) + data[33:])


def exif(orientation):
    return struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 274, 3, 1, orientation, 0, 0)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    dtype=st.sampled_from(["uint8", "uint16"]),
    samples=st.sampled_from([1, 2, 3, 4]),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    orientation=st.integers(1, 8),
    suffix=st.sampled_from(["png", "PNG", "tif", "jpg"]),
)
def test_every_bit_of_a_png_comes_back(tmp_path, dtype, samples, size, orientation, suffix):
    image = RNG.integers(0, np.iinfo(dtype).max, (*size, samples), dtype, endpoint=True)
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(imagecodecs.png_encode(image[..., 0] if samples == 1 else image))
    if orientation > 1:
        with_chunk(path, b"eXIf", exif(orientation))
    sample = read_image(path)
    seen = image[..., : samples - (samples in (2, 4))]
    np.testing.assert_array_equal(sample.image, turned(np.moveaxis(seen, -1, 0), orientation))
    assert sample.image.dtype == dtype
    assert image_shape(path) == sample.image.shape


def interlaced(image):
    """Return a PNG of a (Y, X) image in Adam7's order; Pillow writes none."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)]
    lines = b""
    for y, x, dy, dx in [*passes, (1, 0, 2, 1)]:
        part = image[y::dy, x::dx]
        for row in part if part.size else ():
            lines += b"\0" + row.astype(image.dtype.newbyteorder(">")).tobytes()
    depth = image.dtype.itemsize * 8
    header = struct.pack(">IIBBBBB", image.shape[1], image.shape[0], depth, 0, 0, 0, 1)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_interlaced(tmp_path, dtype):
    image = RNG.integers(0, np.iinfo(dtype).max, (13, 21)).astype(dtype)
    path = tmp_path / "a.png"
    path.write_bytes(interlaced(image))
    np.testing.assert_array_equal(read_image(path).image[0], image)
    np.testing.assert_array_equal(read_labels(path), image)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_few_bits_keep_the_numbers_that_are_stored(tmp_path, depth):
    image = RNG.integers(0, 2**depth, (8, 16), np.uint8)
    packed = sum(image[:, i :: 8 // depth] << (8 - depth - i * depth) for i in range(8 // depth))
    lines = b"".join(b"\0" + row.astype(np.uint8).tobytes() for row in packed)
    header = struct.pack(">IIBBBBB", 16, 8, depth, 0, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    np.testing.assert_array_equal(read_image(path).image[0], image)
    np.testing.assert_array_equal(read_labels(path), image)


@pytest.mark.parametrize("colours", [2, 5, 200])
@pytest.mark.parametrize("suffix", ["png", "bmp"])
def test_palette_is_colours_in_an_image_and_ids_in_labels(tmp_path, colours, suffix):
    indices = RNG.integers(0, colours, (9, 14)).astype(np.uint8)
    indices[0] = 0
    palette = RNG.integers(0, 255, (colours, 3))
    palette[0] = 0
    picture = Image.fromarray(indices, "P")
    picture.putpalette(palette.ravel().tolist())
    path = tmp_path / f"a.{suffix}"
    picture.save(path)
    sample = read_image(path)
    np.testing.assert_array_equal(np.moveaxis(sample.image, 0, -1), palette[indices])
    assert sample.roles == ("red", "green", "blue")
    assert image_shape(path) == (3, 9, 14)
    np.testing.assert_array_equal(read_labels(path), indices)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_is_turned_as_in_pillow(tmp_path, orientation):
    gradient = np.linspace(0, 255, 16 * 24).reshape(16, 24).astype(np.uint8)
    picture = Image.fromarray(gradient)
    marks = picture.getexif()
    marks[274] = orientation
    path = tmp_path / "a.JPG"
    picture.save(path, exif=marks, quality=95)
    sample = read_image(path)
    expected = turned(gradient[None].astype(int), orientation)
    assert np.abs(sample.image - expected).max() < 6
    assert image_shape(path) == sample.image.shape
    assert any("upright" in note for note in sample.notes) == (orientation > 1)


def test_printing_colours_become_rgb(tmp_path):
    picture = Image.new("CMYK", (24, 16), (0, 200, 200, 0))
    picture.save(tmp_path / "a.jpg")
    assert "CMYK" in read_image(tmp_path / "a.jpg").notes[0]
    red, green, blue = read_pixels(tmp_path / "a.jpg").mean((0, 1))
    assert red > 240
    assert max(green, blue) < 70


def test_transparency_that_varies_is_told(tmp_path):
    image = RNG.integers(0, 255, (8, 9, 4), np.uint8)
    Image.fromarray(image).save(tmp_path / "a.png")
    assert "transparency" in read_image(tmp_path / "a.png").notes[0]
    image[..., 3] = 255
    Image.fromarray(image).save(tmp_path / "a.png")
    assert not read_image(tmp_path / "a.png").notes


def test_of_frames_the_first_is_taken(tmp_path):
    frames = [Image.fromarray(RNG.integers(0, 255, (8, 9, 3), np.uint8)) for _ in range(3)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    sample = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(np.moveaxis(sample.image, 0, -1), np.asarray(frames[0]))
    assert "3 frames" in sample.notes[0]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(8, 10**6), bit=st.integers(0, 7), dtype=st.sampled_from(["uint8", "uint16"]))
def test_a_damaged_png_is_an_error_and_never_another_image(tmp_path, at, bit, dtype):
    image = np.arange(300, dtype=dtype).reshape(20, 15)
    data = bytearray(imagecodecs.png_encode(image))
    data[at % len(data)] ^= 1 << bit
    path = tmp_path / "a.png"
    path.write_bytes(data)
    found = None
    with suppress(InputError):
        found = read_image(path).image
    assert found is None or np.array_equal(found[0], image)


def test_what_is_no_image_at_all(tmp_path):
    for name, content in (("a.png", b"GIF89a" + bytes(50)), ("b.tif", b"%PDF-1.4"), ("c.bmp", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            read_image(tmp_path / name)
