import numpy as np
import pytest

from napari_cellbench.data import Instances, Sample
from napari_cellbench.errors import InputError

IMAGE = np.arange(24).reshape(2, 3, 4)


def test_channel():
    sample = Sample("a", IMAGE, ("nucleus", "whole_cell"))
    np.testing.assert_array_equal(sample.channel("whole_cell"), IMAGE[1])
    assert sample.shape == (3, 4)
    with pytest.raises(InputError, match="no phase channel; it has nucleus, whole_cell"):
        sample.channel("phase")


@pytest.mark.parametrize(
    ("image", "roles", "message"),
    [
        (IMAGE[0], ("nucleus",), r"must be \(C, Y, X\)"),
        (IMAGE, ("nucleus",), "2 channels but 1 roles"),
    ],
)
def test_what_does_not_fit(image, roles, message):
    with pytest.raises(InputError, match=message):
        Sample("a", image, roles)


def test_truth_of_another_size():
    truth = {"nucleus": Instances.from_labels(np.zeros((4, 3), int))}
    with pytest.raises(InputError, match="truth is 4 x 3 pixels, the image 3 x 4"):
        Sample("a", IMAGE, ("nucleus", "other"), truth)


def test_a_pixel_size_that_cannot_be_is_dropped_with_a_note():
    sample = Sample("a", IMAGE, ("nucleus", "other"), pixel_size=-0.5, notes=("It was so.",))
    assert sample.pixel_size is None
    assert sample.notes == (
        "It was so.",
        "a: a pixel can't be -0.5 µm wide; its size counts as unknown.",
    )
    assert Sample("a", IMAGE, ("nucleus", "other"), pixel_size=0.5).notes == ()
