"""Trains Cellpose's U-Net on annotated images."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from cellpose import utils

from ...data.statistics import ExactStatistics
from ..shared.teaching import Pupil
from . import Thresholds
from .channels import network_input
from .checkpoint import load_checkpoint, save_checkpoint
from .network import CellposeUNet
from .targets import CellposeTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..shared.truth import Truth
    from ..training import Lesson

LEARNING_RATE = 1e-3
WIDTHS = (2, 32, 64, 128, 256)
DIAMETER = 30.0
"""To which cells are rescaled for a new network, in pixels."""


def pupil(lesson: Lesson, truth: Truth) -> Pupil[CellposeUNet]:
    """Prepare a network; see `TaughtMethod.pupil`.

    All images are rescaled alike, by the median diameter of the annotated cells.
    """
    diameters = np.concatenate([utils.diameters(label)[1] for label in truth.labels])
    diameter = float(np.median(diameters))
    if lesson.start is not None:
        network, tuned = load_checkpoint(lesson.start)
        network.diam_labels.data.fill_(diameter)
    else:
        network = CellposeUNet(WIDTHS, diam_mean=DIAMETER, diam_labels=diameter)
        tuned = Thresholds()
    scale = float(network.diam_mean) / diameter
    images = []
    for sample in lesson.samples:
        image = np.asarray(sample.image)
        prepared = network_input(image, sample.roles, ExactStatistics(image), network.widths[0])
        images.append(_resized(prepared, scale, cv2.INTER_LINEAR))
    scaled = [_resized(label, scale, cv2.INTER_NEAREST) for label in truth.labels]
    patch = -(-lesson.settings.patch // network.multiple) * network.multiple
    task = CellposeTask(images, scaled, patch, lesson.settings.batch)

    def save(path: Path, learnt: CellposeUNet) -> None:
        save_checkpoint(path, learnt, {"parameters": json.dumps(asdict(tuned))})

    return Pupil(network, task, LEARNING_RATE, save)


def _resized(array: NDArray[Any], scale: float, interpolation: int) -> NDArray[Any]:
    """Rescale (Y, X) or (Y, X, C)."""
    size = [max(1, round(n * scale)) for n in array.shape[1::-1]]
    resized = cv2.resize(array, size, interpolation=interpolation)
    return resized.reshape(*size[::-1], *array.shape[2:])
