"""What runs on an image: what was asked for, or what suits it."""

import numpy as np
import pytest

from napari_cellbench.data import Sample
from napari_cellbench.data.kind import Kind
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.engine import Entry
from napari_cellbench.engine.choice import check_names, choose
from napari_cellbench.errors import CheckpointError, InputError, NotInstalled
from napari_cellbench.methods.base import Method

KEY = "stardist-nuclei-fluo"


def test_what_is_asked_for_counts():
    found = choose(demo_sample(), "watershed", None, {"diameter": 3})
    assert found.entry == Entry("watershed", None, {"diameter": 3})
    assert not found.reason
    assert choose(demo_sample(), checkpoint=KEY, device="cpu").entry == Entry(
        "stardist", KEY, device="cpu"
    )


def test_the_image_proposes():
    found = choose(demo_sample())
    assert found.reason.startswith("Looks like fluorescence")
    with pytest.raises(InputError, match="Name a method"):
        choose(Sample("x", np.zeros((1, 9, 9)), ("nucleus",)))


def test_what_suits_may_not_be_installed(monkeypatch):
    monkeypatch.setattr(Method, "missing", lambda self: ("torch",))
    kind = Kind("phase_contrast", 1.0, (), (0,), ("phase",))
    with pytest.raises(NotInstalled, match="isn't installed"):
        choose(Sample("x", np.zeros((1, 9, 9)), ("phase",), kind=kind))


def test_names_are_checked_before_there_is_an_image():
    assert check_names(None, None, {}) == (None, None)
    method, checkpoint = check_names(None, KEY, {})
    assert (method.key, checkpoint.key) == ("stardist", KEY)
    assert check_names("stardist", None, {})[1] is None
    with pytest.raises(InputError, match="Did you mean diameter"):
        check_names("watershed", None, {"diametr": 3})
    with pytest.raises(InputError, match="takes no checkpoint"):
        check_names("watershed", KEY, {})
    with pytest.raises(CheckpointError, match=f"Did you mean {KEY}"):
        check_names(None, "stardist-nuclei-flu", {})
