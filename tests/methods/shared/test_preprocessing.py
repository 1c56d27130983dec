from itertools import pairwise

import numpy as np
import pytest
from csbdeep.utils import normalize
from skimage.exposure import equalize_adapthist

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.engine.client.tiling import cut
from napari_cellbench.methods.shared.preprocessing import (
    PREPROCESSINGS,
    normalise,
    prepare,
    windows,
)


def noisy(dtype: str = "uint16") -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.gamma(2, 20, (2, 300, 280)) * [[[1]], [[3]]]).astype(dtype)


def test_percentiles_become_black_and_white() -> None:
    image = noisy()
    found = prepare(image, [1], ExactStatistics(image), "percentiles")
    low, high = np.percentile(image[1], (0.1, 99.9))
    np.testing.assert_allclose(found[0], ((image[1] - low) / (high - low)).clip(0, 1), atol=1e-6)
    assert found.shape == (1, 300, 280)


def test_percentiles_are_those_of_the_whole_image() -> None:
    image = noisy()
    whole = ExactStatistics(image)
    part = prepare(image[:, :100, :90], [0, 1], whole, "percentiles")
    np.testing.assert_array_equal(part, prepare(image, [0, 1], whole, "percentiles")[:, :100, :90])


def test_contrast_is_evened_out_as_in_mesmer() -> None:
    """``rescale_intensity``, then ``equalize_adapthist`` with regions of 128 pixels."""
    image = noisy("float32")
    found = prepare(image, [0, 1], ExactStatistics(image), "percentiles + CLAHE")
    scaled = prepare(image, [0, 1], ExactStatistics(image), "percentiles")
    expected = [equalize_adapthist(plane, kernel_size=128) for plane in scaled]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.dtype == np.float32


def test_pixels_that_are_zero_do_not_count_for_mesmer() -> None:
    """Images are padded with them; each channel has as many of its own."""
    image = noisy()
    image[0, :150], image[1, :, :30] = 0, 0
    found = prepare(image, [0, 1], ExactStatistics(image), "as Mesmer")
    for plane, prepared in zip(image.astype(np.float64), found, strict=True):
        high = np.percentile(plane[plane > 0], 99.9)
        scaled = (np.minimum(plane, high) - plane.min()) / (high - plane.min())
        expected = equalize_adapthist(scaled, kernel_size=128)
        np.testing.assert_allclose(prepared, expected, atol=0.01)


def test_minimum_and_maximum() -> None:
    image = noisy()
    found = prepare(image, [1], ExactStatistics(image), "minimum and maximum")
    np.testing.assert_allclose(found[0], (image[1] - image[1].min()) / np.ptp(image[1]), atol=1e-6)


@pytest.mark.parametrize(("dtype", "largest"), [("uint8", 255), ("uint16", 65535), ("float32", 1)])
def test_none_only_divides_by_the_largest_of_the_type(dtype: str, largest: int) -> None:
    image = noisy(dtype)
    found = prepare(image, [1], ExactStatistics(image), "none")
    np.testing.assert_allclose(found, image[1:] / np.float64(largest), rtol=1e-6)


@pytest.mark.parametrize("how", PREPROCESSINGS)
@pytest.mark.parametrize("shape", [(0, 5), (1, 1), (3, 400)])
def test_small_and_even_images(how: str, shape: tuple[int, int]) -> None:
    image = np.full((1, *shape), 7, np.uint8)
    found = prepare(image, [0], ExactStatistics(image), how)
    assert found.shape == image.shape
    assert np.isfinite(found).all()


def test_windows_are_those_of_the_paper() -> None:
    tiling = windows()
    assert (tiling.size, tiling.overlap) == (256, 64)
    assert windows(512).overlap == 128
    rows = [tile.region[0] for tile in cut((700, 256), tiling)]
    assert max(row.stop - row.start for row in rows) == 256
    assert all(b.start - a.start <= 192 for a, b in pairwise(rows))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "float32", "float64"])
@pytest.mark.parametrize("joint", [True, False])
def test_normalises_as_csbdeep(dtype: str, joint: bool) -> None:
    rng = np.random.default_rng(0)
    image = (rng.gamma(2, 20, (3, 40, 50)) * [[[1]], [[2]], [[0.5]]]).astype(dtype)
    found = normalise(image, [0, 1, 2], ExactStatistics(image), 1, 99.8, joint)
    wanted = normalize(image, 1, 99.8, axis=None if joint else (1, 2))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=2e-6, atol=2e-7)


def test_a_joint_range_of_some_channels_ignores_the_others() -> None:
    image = np.zeros((4, 20, 20), np.uint8)
    image[:3] = np.random.default_rng(0).integers(20, 90, (3, 20, 20))
    image[3] = 255  # opacity
    found = normalise(image, [0, 1, 2], ExactStatistics(image), 0, 100, True)
    assert found.min() == 0
    assert found.max() == 1


def test_few_bright_pixels_on_an_even_background() -> None:
    """Both percentiles are equal: csbdeep would give values of 1e22."""
    image = np.full((1, 200, 200), 7, np.uint16)
    image[0, 50:55, 50:55] = 207
    found = normalise(image, [0], ExactStatistics(image), 1, 99.8, False)
    assert set(np.unique(found)) == {0, 1}


@pytest.mark.parametrize("value", [0, 255, -3e30, 1e300])
def test_even_images_become_zero(value: float) -> None:
    image = np.full((1, 8, 8), value)
    assert not normalise(image, [0], ExactStatistics(image), 1, 99.8, False).any()
