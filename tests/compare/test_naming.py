"""Names of entries."""

import dataclasses

import pytest
from hypothesis import given

from napari_cellbench.compare.naming import changes_of, title_of, titles_of
from napari_cellbench.engine import Entry
from napari_cellbench.methods.parameters import describe
from napari_cellbench.methods.registry import get_method

from .strategies import entries


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (Entry("watershed"), "Classical watershed"),
        (Entry("watershed", name="mine", parameters={"diameter": 9}), "mine"),
        (Entry("watershed", parameters={"diameter": "30"}), "Classical watershed · Diameter 30 px"),
        (Entry("watershed", parameters={"diameter": 20.0}), "Classical watershed"),
        (Entry("watershed", device="cpu"), "Classical watershed · cpu"),
        (Entry("stardist", "stardist-nuclei-fluo"), "StarDist · Fluorescent nuclei"),
        (Entry("stardist"), "StarDist"),
        (Entry("stardist", "/lab/gone.zip"), "StarDist · /lab/gone.zip"),
        (Entry("magic", "wand"), "magic · wand"),
        (Entry("watershed", parameters={"no_such": 1}), "Classical watershed"),
    ],
)
def test_title(entry, title):
    assert title_of(entry) == title


def test_file_has_its_name(tmp_path):
    file = tmp_path / "trained.zip"
    file.touch()
    assert title_of(Entry("stardist", str(file))) == "StarDist · trained.zip"


@given(entries())
def test_each_changed_parameter_is_named(entry):
    infos = describe(get_method(entry.method).parameters)
    values = entry.parameters
    changed = [info.label for info in infos if values.get(info.name, info.default) != info.default]
    found = changes_of(entry)
    if entry.device != "auto":
        assert found.pop() == entry.device
    assert len(found) == len(changed)
    assert all(text.startswith(f"{name} ") for text, name in zip(found, changed, strict=True))
    title = title_of(dataclasses.replace(entry, name=""))
    assert all(f" · {text}" in title for text in found)


def test_equal_entries_are_told_apart():
    twice = [Entry("watershed"), Entry("watershed", name="Mine"), Entry("watershed")]
    assert titles_of(twice) == ["Classical watershed", "Mine", "Classical watershed (2)"]
    third = Entry("watershed", name="Classical watershed (2)")
    assert titles_of([*twice, third])[-1] == "Classical watershed (2) (2)"
