import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.methods.stardist.inputs import choose_channels


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
        (("other",), 3, [0, 0, 0]),
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
