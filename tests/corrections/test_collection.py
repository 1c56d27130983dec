"""Sets of corrected images: what goes in comes out, and nothing else changes."""

import json
from dataclasses import replace

import numpy as np
import pytest
import tifffile

from napari_cellbench.corrections.collection import CorrectionSet
from napari_cellbench.corrections.handing_out import FORMS, export
from napari_cellbench.data import Instances, Sample
from napari_cellbench.data.readers import read_samples
from napari_cellbench.errors import InputError

SHAPE = (48, 60)


def sample(number=0, channels=1, name="well A1"):
    rng = np.random.default_rng(number)
    image = rng.integers(0, 4000, (channels, *SHAPE), dtype=np.uint16)
    labels = np.zeros(SHAPE, np.int32)
    for cell in range(number % 3 + 2):
        y, x = divmod(cell, 3)
        labels[4 + 20 * y : 16 + 20 * y, 3 + 20 * x : 18 + 20 * x] = cell + 1
    roles = (("nucleus",), ("nucleus", "whole_cell"), ("red", "green", "blue"))[channels - 1]
    truth = {"nucleus": Instances.from_labels(labels)}
    return Sample(f"{name}.tif", image, roles, truth, pixel_size=(0.5, 0.25))


@pytest.fixture
def collection(tmp_path):
    return CorrectionSet(tmp_path / "set")


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_what_goes_in_comes_out(collection, channels):
    given = sample(1, channels)
    entry = collection.add(given, "nucleus", licence="CC BY 4.0")
    assert (entry.cells, entry.licence, entry.source) == (3, "CC BY 4.0", "well A1.tif")
    (found,) = read_samples(collection.folder)
    np.testing.assert_array_equal(found.image, given.image)
    assert found.image.dtype == given.image.dtype
    assert found.roles == given.roles
    assert found.pixel_size == given.pixel_size
    np.testing.assert_array_equal(
        found.truth["nucleus"].to_labels(), given.truth["nucleus"].to_labels()
    )
    assert collection.check() == []


def test_the_same_image_replaces_itself_and_others_never(collection):
    first = collection.add(sample(0), "nucleus")
    labels = sample(0).truth["nucleus"].to_labels().copy()
    labels[labels == 1] = 0
    corrected = replace(sample(0), truth={"nucleus": Instances.from_labels(labels)})
    again = collection.add(corrected, "nucleus")
    assert again.name == first.name
    assert [entry.cells for entry in collection.entries] == [first.cells - 1]
    other = collection.add(sample(1), "nucleus")
    assert other.name != first.name, "another image of the same name"
    assert len(read_samples(collection.folder)) == 2


def test_regions_of_an_image_stay_on_its_side(collection):
    upper = collection.add(sample(0), "nucleus", region=(0, 0, 20, 40))
    lower = collection.add(sample(0), "nucleus", region=(20, 0, 28, 40), split="val")
    assert upper.name != lower.name
    assert {entry.split for entry in collection.entries} == {"val"}
    found = read_samples(collection.folder)[0]
    np.testing.assert_array_equal(found.image, sample(0).image[:, :20, :40])
    with pytest.raises(InputError, match="isn't within"):
        collection.add(sample(0), "nucleus", region=(40, 0, 20, 20))


def test_about_every_fifth_image_is_measured_on_and_stays_there(collection):
    for number in range(15):
        collection.add(sample(number), "nucleus")
    splits = {entry.name: entry.split for entry in collection.entries}
    assert list(splits.values()).count("val") == 3
    collection.add(sample(4), "nucleus")
    assert {entry.name: entry.split for entry in collection.entries} == splits


def test_taken_out_it_is_gone_and_the_others_stay(collection):
    first, second = (collection.add(sample(number), "nucleus") for number in range(2))
    collection.remove(first.name)
    assert [entry.name for entry in collection.entries] == [second.name]
    assert not list(collection.folder.glob(f"{first.name}_*"))
    with pytest.raises(InputError, match=second.name):
        collection.remove(first.name)


def test_no_set_is_made_among_other_files(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        CorrectionSet(tmp_path).add(sample(), "nucleus")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_what_does_not_fit_is_told(collection):
    names = [collection.add(sample(number), "nucleus").name for number in range(4)]
    (collection.folder / f"{names[0]}_image.tif").unlink()
    tifffile.imwrite(collection.folder / f"{names[1]}_labels.tif", np.ones((3, 3), np.uint16))
    tifffile.imwrite(collection.folder / f"{names[2]}_labels.tif", np.ones(SHAPE, np.uint16))
    problems = collection.check()
    assert len(problems) == 3
    for name, problem in zip(names[:3], problems, strict=True):
        assert problem.startswith(f"{name}:")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no list of corrected images"),
        ('{"format": 99}', "newer version"),
        (
            '{"images": [{"name": "../a", "roles": ["nucleus"], "target": "nucleus", '
            '"split": "val", "sha256": "", "cells": 1}]}',
            "can't be the name",
        ),
    ],
)
def test_a_list_that_is_none_is_refused(collection, content, message):
    collection.add(sample(), "nucleus")
    (collection.folder / "corrections.json").write_text(content)
    with pytest.raises(InputError, match=message):
        read_samples(collection.folder)


@pytest.mark.parametrize("form", FORMS)
def test_other_programs_get_what_they_take(collection, tmp_path, form):
    given = [sample(number, name=f"well {number}") for number in range(4)]
    for one in given:
        collection.add(one, "nucleus")
    assert export(collection.folder, tmp_path / "out", form) == 4
    with pytest.raises(InputError, match="there already"):
        export(collection.folder, tmp_path / "out", form)
    by_name = {one.name: one for one in read_samples(collection.folder)}
    for split in ("train", "val"):
        expected = {n for n, one in by_name.items() if one.metadata["split"] == split}
        place = tmp_path / "out" / split
        if form == "stardist":
            names = {file.stem for file in (place / "images").iterdir()}
            masks = {n: tifffile.imread(place / "masks" / f"{n}.tif") for n in names}
        elif form == "cellpose":
            names = {file.stem.removesuffix("_masks") for file in place.glob("*_masks.tif")}
            masks = {n: tifffile.imread(place / f"{n}_masks.tif") for n in names}
        else:
            found = {one.name.removesuffix(".tif"): one for one in read_samples(place)}
            names = set(found)
            masks = {n: one.truth["nucleus"].to_labels() for n, one in found.items()}
            record = json.loads((place / "annotations.json").read_text())
            ids = [annotation["id"] for annotation in record["annotations"]]
            assert len(set(ids)) == len(ids)
        assert names == expected
        for name, mask in masks.items():
            np.testing.assert_array_equal(mask, by_name[name].truth["nucleus"].to_labels())
