"""The tables of an evaluation: written line by line, read at any time."""

import json

import polars as pl
import pytest

from napari_cellbench.benchmark.folder import Header, lines_file, parts, write_header
from napari_cellbench.benchmark.results import read_results
from napari_cellbench.benchmark.store import Store, held
from napari_cellbench.benchmark.tables import CELLS, IMAGES
from napari_cellbench.errors import InputError


def record(image, state="done", cells=2, **more):
    row = {
        "data_set": "d",
        "image": image,
        "target": "nucleus",
        "method": "watershed",
        "state": state,
        "precision": [0.5, None],
        "tp": [1, 0],
        **more,
    }
    own = {
        "kind": ["matched"] * cells,
        "label": list(range(1, cells + 1)),
        "prediction": [7] * cells,
        "size": [10] * cells,
        "elongation": [0.5] * cells,
        "convexity": [None] * cells,
        "iou": [0.75] * cells,
        "y": [1.5] * cells,
        "x": [2.5] * cells,
    }
    return {"image": row, "cells": own} if cells else {"image": row}


@pytest.fixture
def folder(tmp_path):
    write_header(tmp_path, Header())
    return tmp_path


def test_what_is_added_is_read_at_once_and_after_it_became_tables(folder):
    with held(folder), Store(folder) as store:
        store.add(record("a"))
        store.add(record("b", group="g", cells=3))
        before = read_results(folder)
        store.compact()
    after = read_results(folder)
    for one, other in zip(before, after, strict=True):
        assert one.equals(other)
    images, cells = after
    assert dict(images.schema) == dict(pl.DataFrame(schema=IMAGES).schema)
    assert dict(cells.schema) == dict(pl.DataFrame(schema=CELLS).schema)
    assert images["image"].to_list() == ["a", "b"]
    assert images["precision"].to_list() == [[0.5, None]] * 2
    assert cells["group"].to_list() == [None] * 2 + ["g"] * 3
    assert cells["label"].to_list() == [1, 2, 1, 2, 3]
    assert pl.read_parquet(folder / "images.parquet").equals(images)
    assert pl.read_parquet(folder / "cells.parquet").equals(cells)
    assert not list((folder / "records").glob("*.jsonl"))


def test_a_line_that_was_cut_is_no_record_and_the_next_writer_goes_on_behind_it(folder):
    with Store(folder) as store:
        store.add(record("a"))
    with lines_file(folder, 1).open("ab") as file:
        file.write(json.dumps(record("cut")).encode()[:-5])
    with Store(folder) as store:
        assert list(store.states()) == [("d", "a", None, "nucleus", "watershed", None)]
        store.add(record("b"))
        store.compact()
    assert read_results(folder)[0]["image"].to_list() == ["a", "b"]


def test_the_last_of_two_tries_counts(folder):
    with Store(folder) as store:
        store.add(record("a", "failed", cells=0, error="It broke."))
        store.add(record("a"))
        store.compact()
    images, cells = read_results(folder)
    assert images["state"].to_list() == ["done"]
    assert len(cells) == 2


def test_parts_end_by_number_and_are_read_in_their_order(folder, monkeypatch):
    monkeypatch.setattr("napari_cellbench.benchmark.store.LINES", 3)
    with Store(folder) as store:
        for i in range(11):
            store.add(record(f"{i:02d}"))
        assert parts(folder) == {1: False, 2: False, 3: False, 4: True}
    images, cells = read_results(folder)
    assert images["image"].to_list() == [f"{i:02d}" for i in range(11)]
    assert len(cells) == 22


def test_tables_that_are_not_whole_yet_do_not_count_beside_their_lines(folder):
    with Store(folder) as store:
        store.add(record("a"))
    # Killed between the two tables.
    (folder / "records" / "000001-images.parquet").write_bytes(b"PAR1")
    assert read_results(folder)[0]["image"].to_list() == ["a"]
    with Store(folder) as store:
        store.compact()
    assert len(read_results(folder)[1]) == 2


def test_nothing_is_an_empty_table(folder):
    with Store(folder) as store:
        store.compact()
    images, cells = read_results(folder)
    assert images.columns == list(IMAGES)
    assert cells.columns == list(CELLS)
    assert len(images) == len(cells) == 0


def test_two_writers_are_refused(folder):
    with held(folder), pytest.raises(InputError, match="Another program"), held(folder):
        pass
    with held(folder):
        pass


def test_other_folders_and_other_forms_are_refused(tmp_path):
    with pytest.raises(InputError, match="holds no evaluation"):
        read_results(tmp_path)
    write_header(tmp_path, Header(format=2))
    with pytest.raises(InputError, match="newer version"):
        read_results(tmp_path)
    write_header(tmp_path, Header(format=0, version="0.0.1"))
    with pytest.raises(InputError, match=r"version 0\.0\.1"):
        read_results(tmp_path)


def test_figures_are_never_nan(folder):
    with Store(folder) as store, pytest.raises(ValueError, match="JSON"):
        store.add(record("a", mAP=float("nan")))
