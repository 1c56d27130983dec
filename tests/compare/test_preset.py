"""Presets: what is written is read, and nothing else."""

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_cellbench.compare.preset import SCHEMA, VERSION, read_preset, write_preset
from napari_cellbench.engine import Entry
from napari_cellbench.errors import InputError

from .strategies import entries


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(entries(), max_size=4))
def test_round_trip(tmp_path, written):
    path = tmp_path / "preset.json"
    write_preset(path, written)
    assert read_preset(path) == tuple(written)


def test_values_get_their_type(tmp_path):
    path = preset(tmp_path, [{"method": "watershed", "parameters": {"diameter": "12"}}])
    (entry,) = read_preset(path)
    assert entry == Entry("watershed", parameters={"diameter": 12.0})
    assert isinstance(entry.parameters["diameter"], float)


def test_checkpoint_beside_the_preset_goes_with_it(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "models").mkdir(parents=True)
    file = here / "models" / "own.zip"
    file.touch()
    write_preset(here / "preset.json", [Entry("stardist", str(file))])
    assert read_preset(here / "preset.json") == (Entry("stardist", str(file)),)
    here.rename(there)
    moved = there / "models" / "own.zip"
    assert read_preset(there / "preset.json") == (Entry("stardist", str(moved)),)


def test_checkpoint_that_is_not_there_spoils_nothing(tmp_path):
    written = [Entry("stardist", "/gone/own.zip"), Entry("stardist", "x" * 5000)]
    write_preset(tmp_path / "preset.json", written)
    assert read_preset(tmp_path / "preset.json") == tuple(written)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"method": "magic"}], r"preset\.json: entry 1: No method 'magic'.*[Ii]nstall"),
        ([{"method": "watershed"}, {}], 'entry 2 has no "method"'),
        (["watershed"], 'entry 1 has no "method"'),
        ([{"method": "watershed", "parameters": {"x": 1}}], "Classical watershed.*No parameter"),
        ([{"method": "watershed", "parameters": {"diameter": -1}}], "between 2 and 500"),
        ([{"method": "watershed", "parameters": {"diameter": [1]}}], "must be a number"),
        ([{"method": "watershed", "parameters": {"diameter": math.nan}}], "NaN is no number"),
        ([{"method": "watershed", "parameters": [1]}], "names with values"),
        ([{"method": "watershed", "parametres": {}}], "unknown key 'parametres'"),
        ([{"method": "watershed", "device": "abacus"}], "no device 'abacus'"),
        ([{"method": "watershed", "device": 0}], "no device 0"),
        ([{"method": "stardist", "checkpoint": 7}], "checkpoint must be a text"),
        ([{"method": "watershed", "name": 7}], "name must be a text"),
        ({}, 'no list "entries"'),
    ],
)
def test_bad_entries(tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        read_preset(preset(tmp_path, rows))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("[" * 100_000, "can't be read"),
        ("\xff\xfe", "can't be read"),
        ("[]", "is no preset"),
        ('{"schema": "something else"}', "is no preset"),
        (f'{{"schema": "{SCHEMA}"}}', "version None"),
        (f'{{"schema": "{SCHEMA}", "version": {VERSION + 1}}}', "update napari-cellbench"),
    ],
)
def test_wrong_file(tmp_path, text, message):
    path = tmp_path / "preset.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=message):
        read_preset(path)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_preset(tmp_path / "preset.json")


def test_bad_entry_leaves_the_old_preset(tmp_path):
    path = tmp_path / "preset.json"
    write_preset(path, [Entry("watershed")])
    with pytest.raises(InputError, match="entry 2"):
        write_preset(path, [Entry("watershed"), Entry("watershed", parameters={"neck": 2})])
    assert read_preset(path) == (Entry("watershed"),)
    assert [file for file in tmp_path.iterdir() if file.is_file()] == [path]


def preset(folder, rows):
    path = folder / "preset.json"
    path.write_text(json.dumps({"schema": SCHEMA, "version": VERSION, "entries": rows}))
    return path
