import os
import struct
import zlib
from contextlib import contextmanager

import imageio.v3 as iio
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_cellbench.data.images import image_shape, read_image, read_labels
from napari_cellbench.errors import InputError

RNG = np.random.default_rng(0)
REAL = [f"{s}{n}" for s in ("int", "uint") for n in (8, 16, 32, 64)] + ["float32", "float64"]


@settings(
    max_examples=settings.default.max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    dtype=st.sampled_from(REAL),
    order=st.sampled_from("<>"),
    shape=hnp.array_shapes(min_dims=2, max_dims=2, max_side=20),
    channels=st.integers(1, 7),
    data=st.data(),
)
def test_every_dtype_byte_order_and_size_comes_back(tmp_path, dtype, order, shape, channels, data):
    kind = np.dtype(dtype).newbyteorder(order)
    pixels = data.draw(hnp.arrays(dtype, (channels, *shape))).astype(kind)
    path = tmp_path / "a.tif"
    written = pixels[0] if channels == 1 else pixels
    axes = "YX" if channels == 1 else "CYX"
    tifffile.imwrite(
        path, written, byteorder=order, photometric="minisblack", metadata={"axes": axes}
    )
    sample = read_image(path)
    assert sample.image.dtype == np.dtype(dtype)
    assert sample.image.dtype.isnative
    np.testing.assert_array_equal(sample.image, pixels)
    assert sample.image.shape == image_shape(path)
    assert len(sample.roles) == channels


def test_colour_is_kept_and_alpha_dropped(tmp_path):
    rgba = RNG.integers(0, 255, (9, 8, 4), np.uint8)
    iio.imwrite(tmp_path / "a.png", rgba)
    tifffile.imwrite(tmp_path / "b.tif", rgba[..., :3], photometric="rgb")
    for name in ("a.png", "b.tif"):
        sample = read_image(tmp_path / name)
        assert sample.roles == ("red", "green", "blue")
        np.testing.assert_array_equal(np.moveaxis(sample.image, 0, -1), rgba[..., :3])
        assert image_shape(tmp_path / name) == (3, 9, 8)


def test_alpha_of_a_grey_image_is_dropped(tmp_path):
    grey_alpha = RNG.integers(0, 255, (6, 5, 2), np.uint8)
    iio.imwrite(tmp_path / "a.png", grey_alpha, mode="LA")
    sample = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(sample.image, grey_alpha[None, ..., 0])
    assert image_shape(tmp_path / "a.png") == (1, 6, 5)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_one_pixel(tmp_path, suffix):
    iio.imwrite(tmp_path / f"a{suffix}", np.full((1, 1), 7, np.uint8))
    np.testing.assert_array_equal(read_image(tmp_path / f"a{suffix}").image, [[[7]]])


def test_planes_that_tifffile_calls_rgb_are_channels(shared):
    path = shared / "data/codex_tissue/R001_X003_Y004_image.tif"
    sample = read_image(path)
    assert sample.roles == ("nucleus", "whole_cell", "other")
    assert sample.image.shape == image_shape(path) == (3, 1008, 1344)


@pytest.mark.parametrize(
    ("folder", "role"), [("dsb2018_fluo/val", "nucleus"), ("phase_contrast/val", "phase")]
)
def test_role_of_real_grey_images(shared, folder, role):
    paths = sorted((shared / "data" / folder).glob("*_image.tif"))
    assert len(paths) > 5
    assert {read_image(path).roles for path in paths} == {(role,)}


def test_constant_and_not_finite_images(tmp_path):
    for value in (3.0, np.nan, np.inf):
        tifffile.imwrite(tmp_path / "a.tif", np.full((4, 4), value, np.float32))
        assert len(read_image(tmp_path / "a.tif").roles) == 1


def test_pixel_size_of_imagej_and_ome(tmp_path):
    pixels = np.zeros((4, 5), np.uint16)
    tifffile.imwrite(
        tmp_path / "ij.tif",
        pixels,
        imagej=True,
        resolution=(1 / 0.65, 1 / 0.65),
        metadata={"unit": "um"},
    )
    ome = {"axes": "YX", "PhysicalSizeX": 325.0, "PhysicalSizeXUnit": "nm"}
    tifffile.imwrite(tmp_path / "a.ome.tif", pixels, metadata=ome)
    tifffile.imwrite(tmp_path / "plain.tif", pixels, resolution=(72, 72))
    assert read_image(tmp_path / "ij.tif").pixel_size == pytest.approx((0.65, 0.65), rel=1e-6)
    assert read_image(tmp_path / "a.ome.tif").pixel_size == pytest.approx((0.325, 0.325))
    assert read_image(tmp_path / "plain.tif").pixel_size is None


def test_stacks_are_refused(tmp_path):
    path = tmp_path / "z.tif"
    tifffile.imwrite(path, np.zeros((5, 8, 8), np.uint8), imagej=True, metadata={"axes": "ZYX"})
    with pytest.raises(InputError, match="one 2-D image is needed"):
        read_image(path)
    tifffile.imwrite(path, np.zeros((40, 80, 80), np.uint8), photometric="minisblack")
    with pytest.raises(InputError, match="one 2-D image is needed"):
        read_image(path)


def test_complex_pixels_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4), np.complex64))
    with pytest.raises(InputError, match="complex64"):
        read_image(tmp_path / "a.tif")


def test_empty_image(tmp_path):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 0, 0, 8, 0, 0, 0, 0)
    path = tmp_path / "a.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(InputError, match=r"a\.png"):
        read_image(path)


@pytest.mark.parametrize("suffix", [".tif", ".png"])
@pytest.mark.parametrize("kept", [0, 30, 0.5, 0.98])
def test_truncated_file(tmp_path, suffix, kept):
    path = tmp_path / f"a{suffix}"
    iio.imwrite(path, RNG.integers(0, 255, (64, 64), np.uint8))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept if kept > 1 else kept * len(whole))])
    with pytest.raises(InputError, match=r"can't be read|is empty|is damaged"):
        read_image(path)


def test_labels_with_70000_ids(tmp_path):
    labels = np.arange(1, 70001, dtype=np.uint32).reshape(280, 250).repeat(6, 0).repeat(6, 1)
    tifffile.imwrite(tmp_path / "a.tif", labels)
    np.testing.assert_array_equal(read_labels(tmp_path / "a.tif"), labels)


def test_an_image_isnt_labels(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", RNG.random((5, 5)))
    with pytest.raises(InputError, match=r"a\.tif: .*is this an image"):
        read_labels(tmp_path / "a.tif")


@contextmanager
def without_permission(path):
    """Take away the right to read; root, who may read all, becomes another user meanwhile."""
    mode = path.stat().st_mode
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        path.chmod(mode)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_file_without_permission(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((4, 4), np.uint8))
    read_image(path)
    with without_permission(path), pytest.raises(InputError, match="No permission"):
        read_image(path)
