import pytest

from napari_cellbench.data.sample import RGB
from napari_cellbench.errors import InputError
from napari_cellbench.methods.shared.channels import DUAL, choose_channels, roles_to_learn

from ..mmdet.conftest import disc_sample


@pytest.mark.parametrize(
    ("roles", "needed", "asked", "chosen"),
    [
        (("other", "whole_cell", "nucleus"), DUAL, "auto", [2, 1]),
        (("blue", "green", "red"), RGB, "auto", [2, 1, 0]),
        (("phase", "nucleus"), (), "auto", [1]),
        (("phase", "nucleus"), (), "phase", [0]),
        (("phase", "nucleus"), ("phase",), "auto", [0]),
        (("other",), (), "auto", [0]),
        (("nucleus", "nucleus"), (), "auto", [0]),
    ],
)
def test_chosen(roles, needed, asked, chosen):
    assert choose_channels(roles, needed, asked) == chosen


@pytest.mark.parametrize(
    ("roles", "needed", "asked", "message"),
    [
        (("nucleus",), DUAL, "auto", "takes nucleus, whole cell, but the image has nucleus"),
        (("red", "other"), (), "auto", "takes nucleus or whole cell or phase"),
        (("nucleus",), (), "phase", "takes phase, but"),
        ((), (), "auto", "no channels"),
    ],
)
def test_missing(roles, needed, asked, message):
    with pytest.raises(InputError, match=message):
        choose_channels(roles, needed, asked)


@pytest.mark.parametrize(
    ("roles", "target", "seen"),
    [
        (("green", "blue", "red"), "nucleus", RGB),
        (("whole_cell", "nucleus", "phase"), "nucleus", DUAL),
        (("phase", "whole_cell"), "whole_cell", ("whole_cell",)),
        (("other", "phase"), "nucleus", ("phase",)),
        (("other",), "nucleus", ("other",)),
    ],
)
def test_learnt(roles, target, seen):
    assert roles_to_learn([disc_sample(0, roles)], target) == seen
