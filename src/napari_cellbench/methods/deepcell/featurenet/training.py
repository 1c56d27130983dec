"""Trains FeatureNet on annotated images."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ...shared.filling import start_from
from ...shared.patches import Patches, in_half, stacked
from ...shared.teaching import Pupil
from ..checkpoint import save_checkpoint
from ..losses import weighted_cross_entropy
from ..settings import InputSettings
from ..targets import foreground, pixelwise
from ..training import fresh_settings, mean_where, on_device, prepared_images
from . import FeatureNet, FeatureNetWidths
from .checkpoint import network_for, read
from .network import FIELD, FeatureNetNetwork

if TYPE_CHECKING:
    from ...shared.truth import Truth
    from ...training import Lesson

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


def pupil(
    widths: FeatureNetWidths,
    lesson: Lesson,
    truth: Truth,
) -> Pupil[FeatureNetNetwork]:
    """Prepare both networks, which learn at once; see `TaughtMethod.pupil`.

    A checkpoint of as many channels keeps its preparation of images.
    """
    samples, target, start = lesson.samples, lesson.target, lesson.start
    patch = max(lesson.settings.patch, FIELD)
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
    task = FeatureNetTask(images, truth.labels, patch, lesson.settings.batch)
    unfit = None
    if start is not None:
        unfit = start_from(network, content.state, start)
    save = partial(save_checkpoint, key=FeatureNet.key, settings=inputs)
    return Pupil(network, task, LEARNING_RATE, save, unfit)
