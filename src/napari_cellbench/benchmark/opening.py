"""From a row of the tables back to its image, truth and prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data import Instances, Sample
from ..data.roles import with_channels
from ..data.truth_files.reading import read_object_file
from ..errors import InputError
from .data_sets import open_images
from .folder import read_header
from .tasks import task_named


@dataclass(frozen=True, eq=False)
class Opened:
    """What a row is about.

    Attributes
    ----------
    sample
        The image, as the method saw it.
    truth
        What was scored against.
    prediction
        What was found; None where the method failed.
    """

    sample: Sample
    truth: Instances
    prediction: Instances | None


def open_row(folder: Path, row: Mapping[str, Any]) -> Opened:
    """Read image, truth and prediction of a row of ``images``.

    Raises
    ------
    InputError
        If the data set has gone, no longer has the image, or a file is damaged.
    """
    sets = {one.name: one for one in read_header(folder).data_sets}
    found = sets.get(row["data_set"])
    if found is None:
        raise InputError(f"{folder} doesn't say where the data set {row['data_set']} is.")
    if not found.path.exists():
        raise InputError(
            f"The data set {found.name} is no longer at {found.path}: put it back there to see "
            "its images. The figures don't need it."
        )
    images = open_images(found.path, found.group_by, found.truth_by)
    if row["image"] not in images.names:
        raise InputError(f"{found.path} has no image {row['image']} any more.")
    sample = images.read(images.names.index(row["image"]))
    if row["task"]:
        sample = with_channels(sample, task_named(row["task"]).channels)
    if row["target"] not in sample.truth:
        raise InputError(f"{sample.name} has no truth of {row['target']} any more.")
    return Opened(sample, sample.truth[row["target"]], _prediction(folder, row, sample))


def _prediction(folder: Path, row: Mapping[str, Any], sample: Sample) -> Instances | None:
    if not row["prediction_file"]:
        return None
    path = folder / row["prediction_file"]
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{folder} names a prediction outside of it: {row['prediction_file']}.")
    if not path.is_file():
        raise InputError(f"{path} is missing: evaluate again to make it.")
    file = read_object_file(path)
    return file.read(file.names[0], sample.shape).instances
