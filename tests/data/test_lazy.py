"""Images that are read a plane at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.data.lazy import stored_of
from napari_cellbench.errors import InputError

LENGTHS = {"T": 2, "Z": 3, "C": 2, "S": 3, "Y": 4, "X": 5}


class Counting:
    """An array that notes which parts of it were read."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.read = array, []

    def __getattr__(self, name: str) -> object:
        return getattr(self.array, name)

    def __getitem__(self, window: tuple[slice, ...]) -> np.ndarray:
        self.read.append(self.array[window].size)
        return self.array[window]


def array_of(axes: str) -> Counting:
    shape = [LENGTHS[axis] for axis in axes]
    return Counting(np.arange(np.prod(shape), dtype=np.uint16).reshape(shape))


@given(st.sets(st.sampled_from("TZC")), st.randoms(use_true_random=False))
def test_planes_are_those_of_the_array_and_read_alone(further, random):
    letters = [*further, "Y", "X"]
    leading = letters[:-2]
    random.shuffle(leading)
    axes = "".join(leading) + "YX"
    array = array_of(axes)
    stored = stored_of(array, axes, "a", stacks=True)
    assert not array.read
    channels = LENGTHS["C"] if "C" in axes else 1
    assert stored.shape == (channels, 4, 5)
    order = [axes.index(axis) for axis in "TZ" if axis in axes]
    counts = [LENGTHS[axes[axis]] for axis in order]
    named = sorted(stored.leading, key=lambda one: "TZ".index(one[0]))
    assert named == [(axes[axis], LENGTHS[axes[axis]]) for axis in order]
    for index in range(int(np.prod(counts))):
        at = dict(zip([letter for letter, _ in stored.leading],
                      np.unravel_index(index, [n for _, n in stored.leading] or [1]),
                      strict=False))  # fmt: skip
        window = tuple(at.get(axis, slice(None)) for axis in axes)
        expected = array.array[window].reshape(channels, 4, 5)
        np.testing.assert_array_equal(stored.plane(index), expected)
        assert array.read[-1] == channels * 20


def test_colours_are_no_channels_with_names():
    stored = stored_of(array_of("YXS"), "YXS", "a", channels=("r", "g", "b"))
    assert stored.colour
    assert not stored.alpha
    assert stored.channels == ()
    np.testing.assert_array_equal(stored.read(), np.moveaxis(array_of("YXS").array, -1, 0))


def test_names_of_another_number_than_the_channels_are_left_out():
    assert stored_of(array_of("CYX"), "CYX", "a", channels=("x", "y")).channels == ("x", "y")
    assert stored_of(array_of("CYX"), "CYX", "a", channels=("x", "y", "z")).channels == ()


def test_planes_that_are_not_wanted_are_refused():
    with pytest.raises(InputError, match="a has"):
        stored_of(array_of("ZYX"), "ZYX", "a")
