"""One image with what is found in it now, for whoever watches the run."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from ..data import Instances, Sample, Target
from ..files.atomic import replacing

LARGEST = 1024
"""Side in pixels of the part, in the middle, that is shown of a large image."""


def show(
    folder: Path, sample: Sample, target: Target, found: Instances, step: int, f1: float
) -> None:
    """Write an image, its truth and what is found in it.

    Parameters
    ----------
    folder
        Receives ``image.tif`` (C, Y, X), ``truth.tif`` and ``prediction.tif`` (labels), and last
        ``sample.json``.
    sample, target
        The image, and whose truth.
    found
        By the checkpoint of `step`.
    step
        Batches learnt from.
    f1
        At IoU 0.5, of the whole image; NaN where it isn't defined.
    """
    folder.mkdir(parents=True, exist_ok=True)
    middle = tuple(_middle(n) for n in sample.shape)
    _write(folder / "image.tif", np.asarray(sample.image)[:, *middle])
    _write(folder / "truth.tif", sample.truth[target].to_labels()[middle])
    _write(folder / "prediction.tif", found.to_labels()[middle])
    told = {"name": sample.name, "step": step, "F1": f1 if math.isfinite(f1) else None}
    with replacing(folder / "sample.json") as file:
        file.write(json.dumps(told).encode())


def _middle(length: int) -> slice:
    begin = max(0, (length - LARGEST) // 2)
    return slice(begin, begin + LARGEST)


def _write(path: Path, array: NDArray[Any]) -> None:
    with replacing(path) as file:
        tifffile.imwrite(file, array, compression="zlib", photometric="minisblack")
