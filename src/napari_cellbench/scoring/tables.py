"""Tables of figures as text: CSV for programs, Markdown for people, definitions for both."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from .definitions import DEFINITIONS

FORMULAS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""How texts begin that spreadsheets compute; the wide letters where they are told Japanese."""


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table at full precision; what is None or not a number stays empty.

    Texts that a spreadsheet would compute as formulas get an apostrophe in front, which it takes
    for the sign of a text; numbers stay numbers.
    """
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    for row in (header, *rows):
        out.writerow([_cell(value) for value in row])
    return text.getvalue()


def markdown_text(
    header: Sequence[str], rows: Iterable[Sequence[str]], notes: Sequence[str] = ()
) -> str:
    """Return a table as it is shown, its first column to the left and the others to the right.

    Parameters
    ----------
    header, rows
        Titles, and cells as text.
    notes
        What has to be known; stands below the table.
    """
    lines = [_line(header), "|---|" + "---:|" * (len(header) - 1), *map(_line, rows)]
    for note in notes:
        lines += ["", note]
    return "\n".join(lines) + "\n"


def definitions_of(figures: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the definitions of those figures that have one, as JSON's types."""
    return {key: asdict(DEFINITIONS[key]) for key in figures if key in DEFINITIONS}


def _cell(value: Any) -> Any:
    if _is_undefined(value):
        return ""
    if not isinstance(value, str):
        return value
    # Python's writer doesn't quote the other ends of lines.
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    is_formula = text.lstrip(" ").startswith(FORMULAS) and not _is_number(text)
    return f"'{text}" if is_formula else text


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) is not None


def _is_undefined(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _line(cells: Sequence[str]) -> str:
    escaped = (" ".join(cell.split()).replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
