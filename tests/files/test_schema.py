"""JSON becomes the types that it should be, or a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.errors import InputError
from napari_cellbench.files.schema import SchemaError, read_json, to_json, typed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@dataclass(frozen=True)
class Cell:
    name: str
    area: float = 0.0
    kind: Literal["round", "flat"] | None = None
    parts: tuple[int, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    path: Path | None = None


KINDS = [
    str,
    int,
    float,
    bool,
    Path,
    Any,
    Cell,
    str | None,
    list[Cell],
    tuple[int, int | None],
    dict[int, tuple[Cell, ...]],
    Literal["a", 1],
]


@given(value=JSON)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_any_value_is_typed_or_a_sentence(kind, value):
    try:
        found = typed(value, kind)
    except SchemaError:
        return
    # What is accepted survives writing and reading; NaN equals nothing.
    again = typed(json.loads(to_json(found)), kind)
    assert repr(again) == repr(found)


CELLS = st.builds(
    Cell,
    st.text(),
    st.floats(-1e200, 1e200),
    st.sampled_from(["round", "flat", None]),
    st.lists(st.integers()).map(tuple),
    st.dictionaries(st.text(), st.floats(-1e200, 1e200)),
    st.none() | st.just(Path("a", "b")),
)


@given(cells=st.lists(CELLS))
def test_what_is_written_is_read(cells):
    assert typed(json.loads(to_json(cells)), list[Cell]) == cells


@pytest.mark.parametrize(
    ("value", "kind", "says"),
    [
        ("1", int, "it must be a whole number"),
        (True, int, "it must be a whole number"),
        (10**400, float, "it must be a number"),
        ("a\0b", Path, "it must be a path"),
        ([1], dict[str, int], "it must be names with values"),
        ({"a": 1}, dict[int, int], "whole numbers for keys"),
        ({"area": 1}, Cell, "it has no 'name'"),
        ({"name": "a", "parts": [1, "b"]}, Cell, r"it\.parts\[1\] must be a whole number"),
        ({"name": "a", "kind": "oval"}, Cell, r"it\.kind must be one of round, flat"),
    ],
)
def test_what_is_wrong_is_said(value, kind, says):
    with pytest.raises(SchemaError, match=says):
        typed(value, kind)


def test_keys_of_newer_versions_are_left_out():
    assert typed({"name": "a", "colour": "red"}, Cell) == Cell("a")


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"[NaN]", b"[" * 100_000, b'{"a": ' * 50_000, b"1" * 5000, b"\x00"],
)
def test_what_is_no_json(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(SchemaError):
        read_json(path)


def test_a_mark_of_byte_order_is_no_damage(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(path) == {"a": 1}


def test_a_file_that_is_too_large(tmp_path):
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(2**31)
    with pytest.raises(InputError, match="too large"):
        read_json(path)
