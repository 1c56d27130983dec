"""What a run finds in a validation image while it learns, as layers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from napari.layers import Image, Labels
from numpy.typing import NDArray

from ...data.images import read_labels
from ...data.record import Record, noted, record_of
from ...data.sample import Target
from ...errors import InputError
from .look import sample_of

TRUTH_WIDTH = 2
"""Of the truth's outlines, in pixels."""


@dataclass(frozen=True, eq=False)
class SampleFiles:
    """The files of ``RUN/sample``.

    Attributes
    ----------
    folder
        Of the run.
    name, step
        Of the image, and when it was segmented.
    f1
        At IoU 0.5; None where nobody knows.
    image : (C, Y, X)
    truth, prediction : (Y, X)
    """

    folder: Path
    name: str
    step: int
    f1: float | None
    image: NDArray[Any]
    truth: NDArray[Any]
    prediction: NDArray[Any]


def read_sample(folder: Path) -> SampleFiles:
    """Read a run's sample.

    Raises
    ------
    InputError
        If there is none yet, or it can't be read.
    """
    known = sample_of(folder)
    if known is None:
        raise InputError("There is no sample yet: it comes with the first measurement.")
    place = folder / "sample"
    try:
        image = np.asarray(tifffile.imread(place / "image.tif"))
        f1 = known.get("F1")
        return SampleFiles(
            folder,
            str(known["name"]),
            int(known["step"]),
            None if f1 is None else float(f1),
            image[None] if image.ndim == 2 else image,
            read_labels(place / "truth.tif"),
            read_labels(place / "prediction.tif"),
        )
    except (OSError, ValueError, KeyError, TypeError, tifffile.TiffFileError) as error:
        raise InputError(f"The sample in {place} can't be read: {error}.") from error


def is_shown(viewer: Any, folder: Path) -> bool:
    """Tell whether the viewer has layers of a run's sample."""
    return any(_part(layer, folder) for layer in viewer.layers)


def show_sample(viewer: Any, sample: SampleFiles, target: Target | None) -> None:
    """Add the sample's layers, or renew those that are there."""
    found = {_part(layer, sample.folder): layer for layer in viewer.layers}
    found = {part: layer for part, layer in found.items() if part}
    if any(layer.data.shape != sample.truth.shape for layer in found.values()):
        for layer in found.values():
            viewer.layers.remove(layer)
        found = {}
    wanted = {f"channel {n + 1}": plane for n, plane in enumerate(sample.image)}
    figure = "" if sample.f1 is None else f", F1 {sample.f1:.2f}"
    titles = {"prediction": f"{sample.name} · step {sample.step:,}{figure}"}
    for part, data in (*wanted.items(), ("truth", sample.truth), ("prediction", sample.prediction)):
        title = titles.get(part, f"{sample.name} · {part}")
        if part in found:
            found[part].data, found[part].name = data, title
            continue
        record: Record = {
            "training": str(sample.folder),
            "part": part,
            "sample": f"{sample.name} (training)",
        }
        if part in ("truth", "prediction"):
            record |= {"truth": part == "truth"} | ({"target": target} if target else {})
            made: Any = Labels(data, name=title, metadata=noted(record))
            made.contour = TRUTH_WIDTH if part == "truth" else 0
        else:
            made = Image(data, name=title, metadata=noted(record), blending="additive")
        viewer.add_layer(made)


def _part(layer: Any, folder: Path) -> str:
    record = record_of(layer)
    return str(record.get("part", "")) if record.get("training") == str(folder) else ""
