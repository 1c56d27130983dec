"""Trains Cellpose's U-Net on annotated images."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from cellpose import utils

from ...data.statistics import ExactStatistics
from ..shared.fitting import fit, open_run, schedule_of
from ..shared.truth import truth_labels
from . import Thresholds
from .channels import network_input
from .checkpoint import KEY, load_checkpoint, save_checkpoint
from .network import CellposeUNet
from .targets import CellposeTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...data import Sample, Target
    from ..training import TrainingReport, TrainingSettings

LEARNING_RATE = 1e-3
WIDTHS = (2, 32, 64, 128, 256)
DIAMETER = 30.0
"""To which cells are rescaled for a new network, in pixels."""


def train(
    samples: Sequence[Sample],
    target: Target,
    settings: TrainingSettings,
    run: Path,
    start: Path | None,
    device: str,
    report: TrainingReport,
) -> Path:
    """Train a network; see `Method.train`.

    All images are rescaled alike, by the median diameter of the annotated cells.
    """
    labels = truth_labels(samples, target)
    torch.manual_seed(settings.seed)
    diameters = np.concatenate([utils.diameters(label)[1] for label in labels])
    diameter = float(np.median(diameters))
    if start is not None:
        network, tuned = load_checkpoint(start)
        network.diam_labels.data.fill_(diameter)
    else:
        network = CellposeUNet(WIDTHS, diam_mean=DIAMETER, diam_labels=diameter)
        tuned = Thresholds()
    scale = float(network.diam_mean) / diameter
    images = []
    for sample in samples:
        image = np.asarray(sample.image)
        prepared = network_input(image, sample.roles, ExactStatistics(image), network.widths[0])
        images.append(_resized(prepared, scale, cv2.INTER_LINEAR))
    scaled = [_resized(label, scale, cv2.INTER_NEAREST) for label in labels]
    patch = -(-settings.patch // network.multiple) * network.multiple
    task = CellposeTask(images, scaled, patch, settings.batch)
    open_run(run, KEY, settings, start)
    schedule = schedule_of(settings, LEARNING_RATE)
    network = fit(network, task, schedule, run, device, report)
    checkpoint = run / "checkpoint.safetensors"
    save_checkpoint(checkpoint, network, {"parameters": json.dumps(asdict(tuned))})
    return checkpoint


def _resized(array: NDArray[Any], scale: float, interpolation: int) -> NDArray[Any]:
    """Rescale (Y, X) or (Y, X, C)."""
    size = [max(1, round(n * scale)) for n in array.shape[1::-1]]
    resized = cv2.resize(array, size, interpolation=interpolation)
    return resized.reshape(*size[::-1], *array.shape[2:])
