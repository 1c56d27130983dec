import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods.deepcell.settings import InputSettings
from napari_cellbench.methods.dsb2018.first import FirstParameters
from napari_cellbench.methods.dsb2018.first.members import (
    SIGMOID_UNET,
    SOFTMAX_UNET,
    Member,
    merged,
)
from napari_cellbench.methods.dsb2018.first.predictor import WAYS, FirstPredictor
from napari_cellbench.methods.dsb2018.first.unet import UNet, UNetShape
from napari_cellbench.methods.dsb2018.inputs import network_input

SMALL = UNetShape(width=8, blocks=(1, 1, 1, 1))


def predictor(count=1):
    torch.manual_seed(0)
    members = [Member(UNet(SMALL), SOFTMAX_UNET) for _ in range(count)]
    return FirstPredictor(members, InputSettings((), "none", 96), None, "cpu")


def picture(height=50, width=70):
    return np.random.default_rng(0).integers(0, 255, (1, height, width)).astype(np.uint8)


def test_images_of_any_size():
    image = picture(1, 37)
    found = predictor().predict(
        image, ("nucleus",), FirstParameters(), ExactStatistics(image), lambda *_: None
    )
    assert found.shape == (1, 37)


@pytest.mark.parametrize("symmetries", WAYS)
def test_symmetries_are_undone(symmetries):
    """A network that keeps each pixel to itself gives the same whichever way it is turned."""
    made = predictor()
    made.members[0].network.forward = lambda x: torch.cat([x[:, :1], x[:, :1] * 2, x[:, :1] * 3], 1)
    image = picture().astype(np.float32).repeat(3, 0) / 255
    found = made.maps(image, FirstParameters(symmetries=symmetries), lambda *_: None)
    expected = made.maps(image, FirstParameters(), lambda *_: None)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == image.shape[1:]
        np.testing.assert_allclose(one, other, atol=1)


def test_all_eight_symmetries_are_different():
    asked = torch.arange(6.0).reshape(1, 1, 2, 3)
    from napari_cellbench.methods.dsb2018.predictor import SYMMETRIES, turned, turned_back

    seen = {str(turned(asked, way).tolist()) for way in SYMMETRIES}
    assert len(seen) == 8
    for way in SYMMETRIES:
        torch.testing.assert_close(turned_back(turned(asked, way), way), asked)


def test_progress_reaches_the_end_once():
    seen = []
    made = predictor(2)
    image = picture(32, 32).astype(np.float32).repeat(3, 0) / 255
    made.maps(image, FirstParameters(symmetries="flips"), lambda *at: seen.append(at))
    shares = [current / maximum for current, maximum in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1 > shares[-2]


def test_folds_are_averaged_before_networks():
    other = Member(UNet(UNetShape(width=16, blocks=(1, 1, 1, 1))), SOFTMAX_UNET)
    same = [Member(UNet(SMALL), SOFTMAX_UNET) for _ in range(2)]
    maps = [torch.full((3, 2, 2), value) for value in (0.0, 0.4, 0.8)]
    torch.testing.assert_close(merged([*same, other], maps), torch.full((3, 2, 2), 0.5))


def test_the_extended_map_is_that_of_full_networks():
    members = [Member(UNet(SMALL), answers) for answers in (SOFTMAX_UNET, SIGMOID_UNET)]
    maps = [torch.full((3, 2, 2), value) for value in (0.2, 0.6)]
    found = merged(members, maps)
    torch.testing.assert_close(found[:, 0, 0], torch.tensor([0.4, 0.4, 0.6]))


def test_the_user_may_say_what_answers_mean():
    member = Member(UNet(SMALL), SOFTMAX_UNET)
    assert member.asked("auto") is member
    assert member.asked("sigmoid").answers == SIGMOID_UNET
    assert member.asked("softmax").answers == SOFTMAX_UNET


def test_grey_images_are_seen_three_times_and_colours_as_they_are():
    grey, colour = picture(), np.random.default_rng(1).integers(0, 255, (3, 9, 8)).astype(np.uint8)
    settings = InputSettings((), "none")
    seen = network_input(grey, ("nucleus",), ExactStatistics(grey), settings)
    np.testing.assert_allclose(seen, grey.repeat(3, 0) / 255, rtol=1e-6)
    seen = network_input(colour, ("red", "green", "blue"), ExactStatistics(colour), settings)
    np.testing.assert_allclose(seen, colour / 255, rtol=1e-6)


def test_other_than_8_bits_are_stretched_for_the_winners_own():
    deep = picture().astype(np.uint16) * 3 + 100
    found = network_input(deep, ("nucleus",), ExactStatistics(deep), InputSettings((), "none"))
    assert (found.min(), found.max()) == (0, 1)


def test_says_which_channels_are_missing():
    image = picture()
    with pytest.raises(InputError, match="takes red, green, blue"):
        network_input(
            image,
            ("nucleus",),
            ExactStatistics(image),
            InputSettings(("red", "green", "blue"), "percentiles"),
        )
