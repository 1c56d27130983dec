"""Trains StarDist on annotated images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ...data.sample import RGB
from ..shared.fitting import fit, open_run, schedule_of
from ..shared.patches import seen_by
from ..shared.truth import truth_labels
from . import StarDist
from .checkpoint import load_checkpoint, save_checkpoint
from .inputs import network_input
from .network import StarDistNet
from .settings import Normalization, Search, StarDistConfig, Thresholds
from .targets import StarDistTask

if TYPE_CHECKING:
    from ...data import Role, Sample, Target
    from ..training import TrainingReport, TrainingSettings

LEARNING_RATE = 5e-4


def train(
    samples: Sequence[Sample],
    target: Target,
    settings: TrainingSettings,
    run: Path,
    start: Path | None,
    device: str,
    report: TrainingReport,
) -> Path:
    """Train a network; see `Method.train`. A checkpoint to start from keeps its settings."""
    labels = truth_labels(samples, target)
    torch.manual_seed(settings.seed)
    if start is not None:
        network, thresholds, normalization, search = load_checkpoint(start)
    else:
        wanted = _channels(samples[0].roles)
        network = StarDistNet(StarDistConfig(n_channel_in=wanted))
        thresholds, normalization = Thresholds(), Normalization(joint=wanted == 3)
        search = Search(border=0)
    wanted = network.config.n_channel_in
    images = seen_by(
        samples,
        lambda image, roles, known: network_input(image, roles, known, wanted, normalization),
    )
    multiple = max(network.config.multiple)
    patch = -(-settings.patch // multiple) * multiple
    task = StarDistTask(images, labels, network.config, patch, settings.batch)
    open_run(run, StarDist.key, settings, start)
    schedule = schedule_of(settings, LEARNING_RATE)
    network = fit(network, task, schedule, run, device, report)
    checkpoint = run / "checkpoint.safetensors"
    save_checkpoint(checkpoint, network, thresholds, normalization, search)
    return checkpoint


def _channels(roles: Sequence[Role]) -> int:
    """Count what a new network is to see: colours, two stains, or one channel."""
    if set(RGB) <= set(roles):
        return 3
    return 2 if {"nucleus", "whole_cell"} <= set(roles) else 1
