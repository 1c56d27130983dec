"""What a method takes to run on an image, as lists of methods say it."""

import pytest

from napari_cellbench.data.kind import Kind
from napari_cellbench.methods import get_method, methods
from napari_cellbench.methods.readiness import OFFLINE, readiness


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path))


def kind(name, role):
    return (role,), Kind(name, 1.0, (), (0,), (role,))


NUCLEI = kind("fluorescence", "nucleus")
PHASE = kind("phase_contrast", "phase")


@pytest.mark.parametrize(
    ("method", "image", "fits", "words"),
    [
        ("stardist", NUCLEI, True, OFFLINE),
        ("stardist", PHASE, True, "needs a download"),
        ("cellpose_unet", PHASE, True, OFFLINE),
        ("cellpose_unet", NUCLEI, True, "needs a download"),
        ("cellpose_sam", PHASE, True, "needs a download"),
        ("watershed", NUCLEI, True, OFFLINE),
        ("watershed", PHASE, False, "not made for phase contrast"),
        ("watershed", ((), None), True, OFFLINE),
        ("stardist", ((), None), True, OFFLINE),
    ],
)
def test_readiness(method, image, fits, words):
    found = readiness(get_method(method), *image)
    assert found.fits is fits
    assert found.text.startswith(words)


def test_readiness_for_what_is_asked_for():
    assert readiness(get_method("cellpose_unet"), *PHASE, "whole_cell").text == OFFLINE
    found = readiness(get_method("stardist"), *PHASE, "nucleus")
    assert not found.fits
    assert found.text == "no checkpoint for nuclei in phase contrast"
    # A generalist outlines what there is to see.
    generalist = get_method("cellpose_sam")
    assert readiness(generalist, *NUCLEI, "nucleus").fits
    assert not readiness(generalist, *PHASE, "nucleus").fits


@pytest.mark.parametrize("image", [NUCLEI, PHASE, ((), None), kind("blank", "other")])
def test_every_method_has_an_answer_and_stands_in_a_group(image):
    for method in methods().values():
        assert readiness(method, *image).text
        assert method.group
        assert method.purpose or method.family
