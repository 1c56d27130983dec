import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage as ndi
from skimage.draw import disk
from tifffile import imread

from napari_cellbench.data.margins import find_margins, margins, step_for


def picture(shape, seed=0, offset=400, channels=1):
    """Nuclei on a camera's noise, (C, Y, X) uint16: no two neighbours are equal for long."""
    rng = np.random.default_rng(seed)
    signal = ndi.gaussian_filter(rng.random((channels, *shape)), (0, 4, 4))
    signal = 3000 * (signal > np.quantile(signal, 0.85))
    return rng.poisson(offset + ndi.gaussian_filter(signal, (0, 1, 1))).astype(np.uint16)


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    arrays(np.bool_, (3, 4)).filter(lambda tiles: tiles.any() and not tiles.all()),
    st.sampled_from([0, 65535]),
    st.integers(1, 2),
)
def test_missing_tiles_of_a_mosaic(seed, missing, value, channels):
    tile = 96
    image = picture((3 * tile, 4 * tile), seed, channels=channels)
    truth = np.kron(missing, np.ones((tile, tile), bool))
    image[:, truth] = value
    np.testing.assert_array_equal(margins(image), truth)


@pytest.mark.parametrize("value", [np.nan, 0.0, -1.0])
@pytest.mark.parametrize("width", [8, 70, 200])
def test_frames(value, width):
    image = np.pad(
        picture((300, 260)).astype(np.float32),
        ((0, 0), (width, 3 * width), (0, width)),
        constant_values=value,
    )
    truth = np.ones(image.shape[1:], bool)
    truth[width : width + 300, :260] = False
    np.testing.assert_array_equal(margins(image), truth)


def test_turned_images_and_round_fields_of_view():
    turned = ndi.rotate(picture((300, 300)), 20, (1, 2), order=0)
    truth = ndi.rotate(np.ones((300, 300)), 20, order=0) == 0
    np.testing.assert_array_equal(margins(turned), truth)
    field = np.zeros((300, 300), bool)
    field[disk((150, 150), 145)] = True
    np.testing.assert_array_equal(margins(picture((300, 300)) * field), ~field)


@pytest.mark.parametrize("side", [10, 24, 40])
@pytest.mark.parametrize("shape", ["disk", "square"])
def test_black_ground_with_objects_is_no_margin(side, shape):
    image = np.zeros((1, 256, 256), np.uint8)
    rng = np.random.default_rng(side)
    for y, x in np.random.default_rng(0).integers(0, 256 - side, (12, 2)):
        inside = np.s_[0, y : y + side, x : x + side]
        part = image[inside]
        if shape == "square":
            part[:] = rng.integers(100, 200, part.shape)
        else:
            rows, columns = disk((side / 2, side / 2), side / 2 - 1)
            part[rows, columns] = 150
    assert margins(image) is None


@pytest.mark.parametrize("constant", [0, 7, np.nan])
def test_nothing_but_margin_is_none(constant):
    assert margins(np.full((2, 64, 64), constant, np.float32)) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (2, 3)])
def test_tiny_images(shape):
    assert margins(picture(shape)) is None


def test_margins_of_one_channel_are_signal():
    image = picture((200, 200), channels=2)
    image[0, :100] = 0
    assert margins(image) is None


def test_tile_by_tile_and_on_a_lattice_alike():
    image = np.pad(picture((1500, 1100)), ((0, 0), (0, 300), (201, 0)))
    assert step_for(image.shape[1:]) == 2
    whole = np.ones(image.shape[1:], bool)
    whole[:1500, 201:] = False
    whole[:1500, :201] = True
    np.testing.assert_array_equal(margins(image), whole)
    found = find_margins(image[:, ::3, ::3], 3)
    tiles = np.zeros_like(whole)
    for top in range(0, 1800, 700):
        for left in range(0, 1301, 500):
            piece = image[:, top : top + 700, left : left + 500]
            tiles[top : top + 700, left : left + 500] = found.mask(piece, top, left)
    np.testing.assert_array_equal(tiles, whole)


def test_background_is_that_of_the_rest():
    found = find_margins(np.pad(picture((200, 200)), ((0, 0), (0, 400), (0, 0))))
    assert found.background == pytest.approx([400], abs=20)
    assert found.share == pytest.approx(2 / 3, abs=0.01)


def test_real_images_with_and_without_margins(shared):
    """But for those of black ground, and four embryos of the Bowl that are cut out already."""
    paths = sorted((shared / "data").glob("dsb2018_*/val/*_image.tif"))
    for path in paths[::4]:
        image = imread(path)
        image = np.moveaxis(image, -1, 0) if image.ndim == 3 else image[None]
        if image.shape[1:] == (603, 1272) or (image == 0).all(0).mean() > 0.002:
            continue
        assert margins(image) is None, path.name
        framed = np.pad(image, ((0, 0), (40, 0), (0, 60)))
        truth = np.ones(framed.shape[1:], bool)
        truth[40:, :-60] = False
        assert (margins(framed) != truth).mean() < 0.02, path.name
