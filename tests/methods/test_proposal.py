"""What is proposed suits the image and is here; what doesn't suit it is said."""

import pytest

from napari_cellbench.checkpoints import checkpoints, get_checkpoint, location
from napari_cellbench.checkpoints.facets import modality_of
from napari_cellbench.data.kind import Kind
from napari_cellbench.engine import default_checkpoint
from napari_cellbench.engine.request import choose_checkpoint
from napari_cellbench.errors import InputError
from napari_cellbench.methods.proposal import (
    SHOW_CELLS,
    TARGETS,
    fits,
    fitting,
    mismatch,
    propose,
    roles_target,
)
from napari_cellbench.methods.registry import get_method, methods

ROLES = {
    "fluorescence": ("nucleus",),
    "composite": ("nucleus", "whole_cell"),
    "phase_contrast": ("phase",),
    "dark_on_bright": ("other",),
    "stained_tissue": ("red", "green", "blue"),
}
NOTHING = ("mask", "labels", "blank", "unsure")


def kind(name):
    roles = ROLES.get(name, ("nucleus",))
    return Kind(name, 0.9, ("for a test",), tuple(range(len(roles))), roles)


def nothing_lacks(method):
    return ()


def only_watershed(method):
    return () if method.key == "watershed" else ("torch",)


@pytest.mark.parametrize(
    ("name", "method", "checkpoint"),
    [
        ("fluorescence", "stardist", "stardist-nuclei-fluo"),
        ("composite", "stardist", "stardist-nuclei-fluo"),
        ("phase_contrast", "cellpose_unet", "cellpose-phase-contrast"),
        ("stained_tissue", "stardist", "stardist-nuclei-histology"),
        ("dark_on_bright", "watershed", None),
    ],
)
def test_proposal(name, method, checkpoint):
    found = propose(kind(name), ROLES[name], nothing_lacks)
    assert (found.method, found.checkpoint) == (method, checkpoint)
    assert found.reason.startswith("Looks like")
    chosen = get_checkpoint(checkpoint) if checkpoint else None
    assert chosen is None or location(chosen).exists()
    args = (get_method(method), chosen, ROLES[name], kind(name), found.parameters)
    assert mismatch(*args) is None


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("target", ["nucleus", "whole_cell"])
def test_what_is_asked_for_is_what_is_proposed_or_nothing(name, target):
    shown = [
        checkpoint
        for method in methods().values()
        if method.needs_checkpoint
        for checkpoint in fitting(method, ROLES[name], kind(name), target)
        if checkpoint.source == "bundled"
    ]
    special = [checkpoint for checkpoint in shown if modality_of(checkpoint) != "any"]
    asked = (kind(name), ROLES[name], nothing_lacks, target)
    if special:
        assert propose(*asked).checkpoint in [c.key for c in special]
    elif name == "dark_on_bright" and target == roles_target(ROLES[name]):
        assert propose(*asked).checkpoint is None
    elif shown and (target == "nucleus" or set(ROLES[name]) & SHOW_CELLS):
        assert propose(*asked).checkpoint == "mobile-sam"
    else:
        with pytest.raises(InputError, match=f"doesn't show|finds {TARGETS[target]} in it"):
            propose(*asked)


def test_what_is_for_any_image_is_proposed_where_nothing_else_is():
    composite = (kind("composite"), ROLES["composite"], nothing_lacks)
    assert propose(*composite, "whole_cell").checkpoint == "mobile-sam"
    assert propose(*composite, "nucleus").checkpoint == "stardist-nuclei-fluo"
    assert propose(*composite).checkpoint == "stardist-nuclei-fluo"


def test_a_nuclear_stain_alone_shows_no_whole_cells():
    with pytest.raises(InputError, match=r"nucleus alone doesn't show whole cells: .* grow them"):
        propose(kind("fluorescence"), ("nucleus",), nothing_lacks, "whole_cell")


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_proposed_where_there_are_no_cells(name):
    with pytest.raises(InputError, match="--method"):
        propose(kind(name), ("nucleus",), nothing_lacks)


def test_base_install():
    assert propose(kind("fluorescence"), ("nucleus",), only_watershed).method == "watershed"
    for name in ("phase_contrast", "stained_tissue"):
        with pytest.raises(InputError, match="isn't installed"):
            propose(kind(name), ROLES[name], only_watershed)


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("method", list(methods()))
def test_default_suits_or_is_none(name, method):
    method = get_method(method)
    roles = ROLES[name]
    if not method.needs_checkpoint:
        return
    default = default_checkpoint(method, roles, kind(name))
    if default is None:
        with pytest.raises(InputError, match="--checkpoint"):
            choose_checkpoint(method, None, roles, kind(name))
    else:
        assert fits(default, roles, kind(name))
        assert mismatch(method, default, roles, kind(name)) is None


@pytest.mark.parametrize("name", [*ROLES, *NOTHING])
def test_each_checkpoint_suits_or_is_warned_of(name):
    for checkpoint in checkpoints():
        if checkpoint.purpose != "segment" or checkpoint.method not in methods():
            continue
        roles = ROLES.get(name, ("nucleus",))
        warning = mismatch(get_method(checkpoint.method), checkpoint, roles, kind(name))
        if name in NOTHING:
            assert warning
        elif fits(checkpoint, roles, kind(name)):
            assert warning is None
        assert warning is None or warning.count("\n") == 0


def test_mismatches():
    fluo = get_checkpoint("stardist-nuclei-fluo")
    stardist, watershed = get_method("stardist"), get_method("watershed")
    assert "phase contrast" in (mismatch(stardist, fluo, ("phase",), kind("phase_contrast")) or "")
    assert mismatch(watershed, None, ("phase",), kind("phase_contrast"))
    assert mismatch(watershed, None, ("other",), kind("dark_on_bright"))
    assert not mismatch(
        watershed, None, ("other",), kind("dark_on_bright"), {"dark_objects": "true"}
    )
    assert mismatch(watershed, None, ("red", "green", "blue"), kind("stained_tissue"))
    assert mismatch(stardist, fluo, ("whole_cell",), kind("fluorescence"))
