"""The page: what is put together from the results, and the file."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari_cellbench

from ...data import Role
from ...data.sizes import median_diameter
from ...data.source import Source
from ...data.units import PixelSize
from ...files.outputs import export_text
from ...scoring.definitions import DEFINITIONS, Definition
from ...scoring.figures import FIGURES, Figure
from ...scoring.selection import EVERYTHING
from ..preset import preset_text
from ..robustness import Robustness
from ..table import UNKNOWN, Column, best_rows, columns, score_notes
from ..tabulate import Result, Row, Truth, rows
from . import charts, pictures
from .matrix import agreement
from .records import citations, record_of, settings, versions, weights

if TYPE_CHECKING:
    from jinja2 import Environment

F1 = next(figure for figure in FIGURES if figure.title == "F1@.5")


@dataclass(frozen=True, eq=False)
class Contents:
    """What is reported.

    Attributes
    ----------
    image
        Name of the image.
    source, roles
        The plane that is drawn, and what its channels show.
    results
        In the order in which they are numbered; those that failed too.
    truth
        Of the same planes as the results; None for none.
    pixel_size
        Size of a pixel, where known.
    plane
        Number of the plane that is drawn among those of the results, from 0.
    where
        Which part of the image was segmented, as the user reads it; empty for all of it.
    robustness
        If it was measured.
    figure
        The score that its charts show.
    notes
        What was guessed or chosen while the image was read, beside what the runs noted.
    """

    image: str
    source: Source
    roles: tuple[Role, ...]
    results: Sequence[Result]
    truth: Truth | None = None
    pixel_size: PixelSize | None = None
    plane: int = 0
    where: str = ""
    robustness: Robustness | None = None
    figure: Figure = F1
    notes: Sequence[str] = ()


def write_report(path: Path, contents: Contents) -> Path:
    """Write a page that needs nothing else: pictures are in it, and nothing is loaded from outside.

    A browser prints it to PDF, with page breaks where they belong.

    Parameters
    ----------
    path
        File to create or replace, whole or not at all.
    contents
        What is reported.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the truth has another size than the results, or the file can't be written.
    """
    page = templates(__package__ or "").get_template("report.html").render(_context(contents))
    export_text(path, page)
    return path


def templates(package: str) -> Environment:
    """Return the templates in a package's folder ``templates``."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _notes(contents: Contents) -> list[tuple[str, str]]:
    """Return every note once, of the image and of its runs."""
    runs = (note for result in contents.results for note in result.record.get("notes", ()))
    return [("Note", note) for note in dict.fromkeys((*contents.notes, *runs))]


def _context(contents: Contents) -> dict[str, Any]:
    table = rows(contents.results, contents.truth, contents.pixel_size)
    shown = columns(table)
    scores = [column for column in shown if column.definition is not None]
    found = [(i, r) for i, r in enumerate(contents.results) if r.planes]
    return {
        "contents": contents,
        "now": datetime.now(UTC),
        "program": f"napari-cellbench {napari_cellbench.__version__}",
        "system": f"{platform.system()} {platform.machine()}",
        "table": table,
        "one_plane": all(len(result.planes) <= 1 for result in contents.results),
        "effort": [
            column
            for column in shown
            if column.definition is None and any(column.text(row) != UNKNOWN for row in table)
        ],
        "scores": scores,
        "best": _best(table, scores),
        "score_notes": score_notes(table),
        "definitions": _definitions(contents, scores),
        "picture": pictures.picture(contents.source, contents.roles),
        "true_cells": contents.truth.plane(contents.plane) if contents.truth is not None else None,
        "drawn": _drawn(contents, found),
        "scale_bar": _scale_bar(contents),
        "agreement": agreement([r.planes[contents.plane] for _, r in found]),
        "notes": _notes(contents),
        "records": [record_of(result) for result in contents.results],
        "settings": settings(contents.results),
        "weights": weights(contents.results),
        "versions": versions(contents.results),
        "citations": citations(contents.results),
        "preset": _preset(contents.results),
        "robustness": charts.robustness(contents.robustness, contents.figure),
        "size": {
            "width": charts.WIDTH,
            "height": charts.HEIGHT,
            "left": charts.LEFT,
            "right": charts.RIGHT,
            "bottom": charts.BOTTOM,
        },
    }


def _drawn(contents: Contents, found: Sequence[tuple[int, Result]]) -> dict[str, Any]:
    """Return the outlines and the error maps as paths, by the results' numbers."""
    step, plane = pictures.step_of(contents.source.shape), contents.plane
    objects = {i: result.planes[plane] for i, result in found}
    rings = {i: pictures.rings_of(one, step) for i, one in objects.items()}
    true = contents.truth.plane(plane) if contents.truth is not None else None
    selection = contents.truth.selection if contents.truth is not None else EVERYTHING
    true_rings = pictures.rings_of(true, step) if true is not None else {}
    together = [*objects.values(), *([true] if true is not None else [])]
    sizes = [size / step for one in together if (size := median_diameter(one)) is not None]
    diameter = min(sizes, default=None)
    return {
        "results": {i: pictures.outline_path(one) for i, one in rings.items()},
        "truth": pictures.outline_path(true_rings),
        "errors": {
            i: pictures.error_paths(true, one, true_rings, rings[i], selection)
            for i, one in objects.items()
            if true is not None
        },
        "detail": pictures.detail(together, step) if len(together) > 1 else None,
        "line": pictures.line_width(diameter, contents.source.shape[1] // step),
        "detail_line": pictures.line_width(diameter, pictures.DETAIL),
    }


def _best(table: Sequence[Row], scores: Sequence[Column]) -> set[tuple[str, int]]:
    """Return title and row of the best of each score, where there are several to choose of."""
    return {(column.title, i) for column in scores for i in best_rows(column, table)}


def _definitions(contents: Contents, scores: Sequence[Column]) -> dict[str, Definition]:
    """Return the definitions of all scores on the page by their titles there."""
    found = {c.title: c.definition for c in scores if c.definition is not None}
    if contents.robustness is not None and contents.figure.definition is not None:
        found.setdefault(contents.figure.title, contents.figure.definition)
    found.setdefault("F1@.5", DEFINITIONS["f1"])
    return found


def _scale_bar(contents: Contents) -> tuple[float, str] | None:
    """Return the share of the picture's width that a round length takes, and the length."""
    if contents.pixel_size is None:
        return None
    width = contents.source.shape[1] * contents.pixel_size.x
    exponent = math.floor(math.log10(width / 4))
    length = max(f * 10**exponent for f in (1, 2, 5) if f * 10**exponent <= width / 4)
    return length / width, f"{length:g} µm"


def _preset(results: Sequence[Result]) -> str:
    """Return what runs the same entries again; empty where no queue has run any.

    Of a checkpoint of the user's own the file's name is enough: the path would tell of the computer
    and is none elsewhere.
    """
    entries = [result.entry for result in results if result.entry is not None]
    named = [
        replace(entry, checkpoint=Path(entry.checkpoint).name)
        if entry.checkpoint and Path(entry.checkpoint).is_absolute()
        else entry
        for entry in entries
    ]
    return preset_text(named) if named else ""
