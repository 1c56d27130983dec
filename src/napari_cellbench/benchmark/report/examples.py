"""Images in a report: a typical one of each experiment and the hardest, with their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...compare.report import pictures
from ...data.source import Source
from ...errors import CellbenchError
from ..measured import side_by_side
from ..opening import Opened, open_row
from .contents import Experiment

METHODS = 8
"""Methods that are drawn at most: the best."""


@dataclass(frozen=True, eq=False)
class Example:
    """An image as it is shown.

    Attributes
    ----------
    title
        Which image, and why.
    picture
        Its pixels.
    truth
        Path of the true outlines.
    errors
        Paths and accuracy by method.
    line
        Width of lines.
    """

    title: str
    picture: pictures.Picture
    truth: str
    errors: Mapping[str, tuple[pictures.ErrorPaths, float]]
    line: float


def examples_of(folder: Path, experiment: Experiment) -> tuple[list[Example], list[str]]:
    """Return the images with the median and the lowest accuracy, and why one can't be shown."""
    values = side_by_side(experiment.rows)
    if not len(values.values):
        return [], []
    means = values.values.mean(axis=1)
    order = np.argsort(means, kind="stable")
    chosen = {int(order[len(order) // 2]): "typical", int(order[0]): "the hardest"}
    shown, notes = [], []
    for at, why in chosen.items():
        accuracies = dict(zip(values.names, values.values[at].tolist(), strict=True))
        try:
            shown.append(_example(folder, experiment, values.images[at], why, accuracies))
        except CellbenchError as error:
            notes.append(str(error))
    return shown, list(dict.fromkeys(notes))


def _example(
    folder: Path, experiment: Experiment, image: str, why: str, accuracies: Mapping[str, float]
) -> Example:
    rows = {
        row["entry"]: row
        for row in experiment.rows.filter(image=image, state="done").iter_rows(named=True)
    }
    names = [row["method"] for row in experiment.methods if row["method"] in rows][:METHODS]
    opened = {name: open_row(folder, rows[name]) for name in names}
    if not opened:
        raise CellbenchError(f"{experiment.name}: every method failed on {image}.")
    first: Opened = opened[names[0]]
    source = Source.of(first.sample.image)
    picture = pictures.picture(source, first.sample.roles)
    rings = pictures.rings_of(first.truth, picture.step)
    errors = {}
    for name, one in opened.items():
        assert one.prediction is not None
        own = pictures.rings_of(one.prediction, picture.step)
        paths = pictures.error_paths(first.truth, one.prediction, rings, own)
        errors[name] = (paths, accuracies[name])
    return Example(
        f"{image}, {why} by accuracy",
        picture,
        pictures.outline_path(rings),
        errors,
        pictures.line_width(None, picture.width),
    )
