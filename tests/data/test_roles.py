"""Roles that a person gives to channels."""

import numpy as np
import pytest

from napari_cellbench.data import Sample
from napari_cellbench.data.roles import in_colour, with_roles
from napari_cellbench.errors import InputError

SAMPLE = Sample("a", np.zeros((2, 8, 8)), ("other", "other"))


def test_the_kind_follows_from_the_roles():
    found = with_roles(SAMPLE, ["nucleus", "whole_cell"])
    assert found.roles == ("nucleus", "whole_cell")
    assert found.kind.name == "fluorescence"
    assert with_roles(SAMPLE, None) is SAMPLE


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["nucleus", "whole-cell"], "Did you mean whole_cell?"),
        (["nucleus"], "2 channels: give 2 roles, not 1"),
    ],
)
def test_what_does_not_fit(given, says):
    with pytest.raises(InputError, match=says):
        with_roles(SAMPLE, given)


def test_grey_images_beside_colour_images_are_in_colour():
    pixels = np.arange(64.0).reshape(1, 8, 8)
    grey, stained = Sample("g", pixels, ("other",)), Sample("n", pixels, ("nucleus",))
    colour = Sample("c", np.zeros((3, 8, 8)), ("red", "green", "blue"))
    found = in_colour([grey, stained, colour])
    assert [one.roles for one in found] == [colour.roles, ("nucleus",), colour.roles]
    np.testing.assert_array_equal(found[0].image, np.concatenate([pixels] * 3))
    assert in_colour([grey, stained]) == [grey, stained]
