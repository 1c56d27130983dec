"""Trains FeatureNet on annotated images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ...shared.filling import start_from
from ...shared.fitting import fit, open_run, schedule_of
from ...shared.patches import Patches, in_half, stacked
from ...shared.truth import truth_labels
from ..checkpoint import save_checkpoint
from ..losses import weighted_cross_entropy
from ..settings import InputSettings
from ..targets import foreground, pixelwise
from ..training import fresh_settings, mean_where, on_device, prepared_images
from . import FeatureNet, FeatureNetWidths
from .checkpoint import network_for, read
from .network import FIELD, FeatureNetNetwork

if TYPE_CHECKING:
    from ....data import Sample, Target
    from ...training import TrainingReport, TrainingSettings

LEARNING_RATE = 1e-3


class FeatureNetTask(Patches):
    """Draws batches of patches with their classes, and measures the loss."""

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return images, foreground, edges and the mask of pixels that count."""
        return stacked(self._example(rng) for _ in range(self.size))

    def _example(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        view, seen, valid = self.draw(rng)
        edges = pixelwise(seen, separate_edges=True)
        return view, foreground(seen), edges, valid.astype(np.float32)

    def step(self, network: nn.Module, batch: tuple[Tensor, ...], device: str) -> Tensor:
        """Return the weighted cross-entropy of both blocks of both networks, summed."""
        images, inside, edges, valid = on_device(batch, device)
        with in_half(device):
            found_inside, found_edges = network(images)
        losses = [
            mean_where(weighted_cross_entropy(found, truth), valid)
            for outputs, truth in ((found_inside, inside), (found_edges, edges))
            for found in outputs
        ]
        return torch.stack(losses).sum()


def train(
    widths: FeatureNetWidths,
    samples: Sequence[Sample],
    target: Target,
    settings: TrainingSettings,
    run: Path,
    start: Path | None,
    device: str,
    report: TrainingReport,
) -> Path:
    """Train both networks at once; see `Method.train`.

    A checkpoint of as many channels keeps its preparation of images. ``start.json`` in the folder
    of the run lists what of it didn't fit.
    """
    labels = truth_labels(samples, target)
    torch.manual_seed(settings.seed)
    patch = max(settings.patch, FIELD)
    fresh = fresh_settings(samples, target, patch)
    channels = len(fresh.roles)
    if start is None:
        network, inputs = FeatureNetNetwork(channels, widths.filters, widths.dense), fresh
    else:
        content = read(start)
        told = network_for(content.state, start)
        inputs = content.settings or InputSettings(fresh.roles, window=patch)
        if told.channels != channels:
            inputs = fresh
        first = told.foreground.blocks[0]
        filters, dense = first.convs[0].out_channels, first.dense.out_channels
        has_inner = told.inner is not None
        network = FeatureNetNetwork(channels, filters, dense, has_inner=has_inner)
    images = prepared_images(samples, inputs, channels)
    task = FeatureNetTask(images, labels, patch, settings.batch)
    open_run(run, FeatureNet.key, settings, start)
    if start is not None:
        start_from(network, content.state, start, run)
    network = fit(network, task, schedule_of(settings, LEARNING_RATE), run, device, report)
    checkpoint = run / "checkpoint.safetensors"
    save_checkpoint(checkpoint, network, FeatureNet.key, inputs)
    return checkpoint
