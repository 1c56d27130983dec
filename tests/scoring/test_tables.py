"""Tables for spreadsheets hold no formulas, and give back what went in."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from napari_cellbench.scoring.tables import FORMULAS, csv_text

CELLS = st.text(st.sampled_from("=+-@\t\r\n '\"aé1;,＝")) | st.text() | st.integers() | st.floats()


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=2)))
@example(rows=[["=HYPERLINK(1)", '@SUM(1)"'], ["\t=1", "  =1+1"], ["-3.5", -3.5]])
def test_no_cell_is_a_formula(rows):
    read = list(csv.reader(io.StringIO(csv_text(["=a", "b"], rows), newline="")))
    assert read[0] == ["'=a", "b"]
    for given_row, row in zip(rows, read[1:], strict=True):
        for value, cell in zip(given_row, row, strict=True):
            if isinstance(value, str):
                same = value.replace("\r\n", "\n").replace("\r", "\n")
                assert cell in (same, f"'{same}")
                begins = cell.lstrip(" ").startswith(FORMULAS)
                assert not begins or math.isfinite(float(cell))
            elif isinstance(value, float) and math.isnan(value):
                assert cell == ""
            else:
                assert type(value)(cell) == value


@pytest.mark.parametrize("value", [-1, -0.5, 1e-30, math.inf, "-1", "+2.5e-3", "a=b", "a-b"])
def test_numbers_and_plain_texts_stay(value):
    assert csv_text(["x"], [[value]]) == f"x\n{value}\n"
