"""Trains the second winner's network on annotated images."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from ...deepcell.checkpoint import save_checkpoint
from ...deepcell.training import on_device
from ...shared.filling import start_from
from ...shared.patches import Patches, in_half, stacked
from ...shared.teaching import Pupil
from ..inputs import fresh_settings, original_settings, prepared_images
from . import SecondPlace
from .checkpoint import WINDOW, new_shape, read
from .network import ENLARGED, MULTIPLE, SecondNet, SecondShape
from .positions import global_positions, local_positions, weights

if TYPE_CHECKING:
    from ...shared.truth import Truth
    from ...training import Lesson

LEARNING_RATE = 1e-3


class SecondTask(Patches):
    """Draws batches of patches with their positions, and measures the loss."""

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return images, masks, global and local positions, weights, and which pixels count."""
        return stacked(self._example(rng) for _ in range(self.size))

    def _example(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        view, seen, valid = self.draw(rng)
        labels = seen.astype(np.int32)
        return (
            view,
            (labels > 0).astype(np.float32),
            global_positions(labels),
            local_positions(labels),
            weights(labels),
            valid.astype(np.float32),
        )

    def step(self, network: nn.Module, batch: tuple[Tensor, ...], device: str) -> Tensor:
        """Return the cross-entropy of the mask plus the weighted errors of twelve maps."""
        images, mask, positions, local, weight, valid = on_device(batch, device)
        with in_half(device):
            drawn = network(images)
        entropy = F.binary_cross_entropy_with_logits(drawn.mask, mask, reduction="none")
        loss = (entropy * valid).sum() / valid.sum().clamp(min=1)
        pairs = ((drawn.positions, positions), (drawn.local, local), (drawn.first, positions))
        for found, truth in pairs:
            loss = loss + weighted_error(found, truth, weight * valid)
        return loss


def weighted_error(found: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Return the absolute error of each map, weighted, summed over maps, for each image.

    Parameters
    ----------
    found, truth : (N, 4, Y, X)
    weight : (N, Y, X)
    """
    sums = ((found - truth).abs() * weight[:, None]).sum((2, 3))
    return (sums / weight.sum((1, 2)).clamp(min=1e-6)[:, None]).sum(1).mean()


def pupil(
    shape: Mapping[str, Any],
    lesson: Lesson,
    truth: Truth,
) -> Pupil[SecondNet]:
    """Prepare a network; see `TaughtMethod.pupil`.

    A new network learns the statistics of batch normalisation, which the winner's never did: from
    random weights nothing else would keep its numbers in bounds. One from a checkpoint keeps them.
    """
    samples, target, start = lesson.samples, lesson.target, lesson.start
    multiple = MULTIPLE // ENLARGED
    patch = -(-lesson.settings.patch // multiple) * multiple
    # Larger than what is learnt from: the network looks at each place alike.
    window = max(patch, WINDOW)
    inputs, content = fresh_settings(samples, target, window), None
    if start is None:
        network = SecondNet(new_shape(shape))
    else:
        content = read(start)
        network = SecondNet(SecondShape.of(content.state))
        inputs = content.settings or original_settings(window)
    images = prepared_images(samples, inputs)
    task = SecondTask(images, truth.labels, patch, lesson.settings.batch)
    unfit = None
    if start is not None and content is not None:
        unfit = start_from(network, content.state, start)
        network.has_frozen_norms = True
    save = partial(save_checkpoint, key=SecondPlace.key, settings=inputs)
    return Pupil(network, task, LEARNING_RATE, save, unfit)
