import numpy as np
import pytest
from csbdeep.utils import normalize

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods.stardist.inputs import choose_channels, normalise


@pytest.mark.parametrize(
    ("roles", "wanted", "chosen"),
    [
        (("whole_cell", "nucleus"), 1, [1]),
        (("phase", "whole_cell"), 1, [1]),
        (("other", "phase"), 1, [1]),
        (("other",), 1, [0]),
        (("green", "red", "blue"), 1, [1, 0, 2]),
        (("whole_cell", "nucleus", "phase"), 2, [1, 0]),
        (("blue", "green", "red"), 3, [2, 1, 0]),
        (("red", "green", "blue", "nucleus"), 3, [0, 1, 2]),
        (("other", "phase", "nucleus", "other"), 4, [0, 1, 2, 3]),
    ],
)
def test_chooses(roles: tuple, wanted: int, chosen: list[int]) -> None:
    assert choose_channels(roles, wanted) == chosen


@pytest.mark.parametrize(
    ("roles", "wanted", "message"),
    [
        (("other",) * 7, 1, "takes one channel, but the image has other, other"),
        ((), 1, "the image has none"),
        (("nucleus",), 2, "nucleus and whole cell"),
        (("phase",), 3, "colour images"),
        (("nucleus", "phase"), 5, "takes 5 channels"),
    ],
)
def test_says_what_is_missing(roles: tuple, wanted: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_channels(roles, wanted)


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
