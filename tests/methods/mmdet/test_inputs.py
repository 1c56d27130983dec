import numpy as np
import pytest

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods.mmdet.architectures import SWIN_T
from napari_cellbench.methods.mmdet.inputs import choose_channels, network_input
from napari_cellbench.methods.mmdet.settings import InputSettings

DUAL = InputSettings.of_seggal(SWIN_T, 2)
GREY = InputSettings.of_seggal(SWIN_T, 3)
PHASE = InputSettings((0.0,) * 3, (1.0,) * 3, ("phase",))


@pytest.mark.parametrize(
    ("roles", "settings", "asked", "chosen"),
    [
        (("whole_cell", "nucleus"), DUAL, "auto", [1, 0]),
        (("blue", "red", "green"), GREY, "auto", [1, 2, 0]),
        (("whole_cell", "nucleus"), GREY, "auto", [1]),
        (("whole_cell", "nucleus"), GREY, "whole_cell", [0]),
        (("other",), GREY, "auto", [0]),
        (("nucleus", "phase"), PHASE, "auto", [1]),
        (("nucleus",), PHASE, "auto", [0]),
    ],
)
def test_chooses(roles, settings, asked, chosen):
    assert choose_channels(roles, settings, asked) == chosen


@pytest.mark.parametrize(
    ("roles", "settings", "asked", "message"),
    [
        (("nucleus",), DUAL, "auto", "takes nucleus, whole cell, but the image has nucleus"),
        (("other", "other"), GREY, "auto", "takes nucleus or whole cell or phase"),
        (("nucleus",), GREY, "phase", "takes phase, but the image has nucleus"),
        (("nucleus", "whole_cell"), PHASE, "auto", "takes phase"),
    ],
)
def test_says_what_is_missing(roles, settings, asked, message):
    with pytest.raises(InputError, match=message):
        choose_channels(roles, settings, asked)


def test_has_the_mean_and_deviation_of_the_training_images():
    image = np.random.default_rng(0).integers(0, 256, (1, 40, 50)).astype(np.uint8)
    found = network_input(image, [0], ExactStatistics(image), GREY, "none")
    assert found.shape == (3, 40, 50)
    mean = np.reshape((123.675, 116.28, 103.53), (3, 1, 1))
    std = np.reshape((58.395, 57.12, 57.375), (3, 1, 1))
    np.testing.assert_allclose(found, (image - mean) / std, atol=1e-5)
