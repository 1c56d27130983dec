"""What training has in common for DeepCell's methods: images, patches, and how a step is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...data.statistics import ExactStatistics
from ..shared.augment import Augmentation, random_affine, vary_intensity, warp, warp_labels
from ..shared.channels import roles_to_learn
from .predictor import network_input
from .settings import InputSettings

if TYPE_CHECKING:
    from ...data import Sample, Target

TRIES = 20
"""Draws of a patch with an object in it, before an empty one is taken."""


def fresh_settings(samples: Sequence[Sample], target: Target, window: int) -> InputSettings:
    """Return how images are prepared for a network that is new to them."""
    return InputSettings(roles_to_learn(samples, target), "percentiles", window)


def prepared_images(
    samples: Sequence[Sample], settings: InputSettings, channels: int
) -> list[NDArray[np.float32]]:
    """Return what the network is to see of each image, (Y, X, C).

    Raises
    ------
    InputError
        If an image hasn't got the channels.
    """
    images = []
    for sample in samples:
        image = np.asarray(sample.image)
        found = network_input(image, sample.roles, ExactStatistics(image), channels, settings)
        images.append(np.ascontiguousarray(found.transpose(1, 2, 0)))
    return images


class Patches:
    """Draws varied patches of images with their labels.

    Parameters
    ----------
    images
        Each (Y, X, C) float32.
    labels
        Their labels, each (Y, X) uint16.
    patch, batch
        Side of a patch in pixels, and patches per step.
    augmentation
        How strongly patches are varied.
    """

    memory_format = torch.channels_last

    def __init__(
        self,
        images: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.uint16]],
        patch: int,
        batch: int,
        augmentation: Augmentation | None = None,
    ) -> None:
        self.images, self.labels = images, labels
        self.patch, self.size = patch, batch
        self.augmentation = augmentation or Augmentation()

    def draw(
        self, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.uint16], NDArray[np.bool_]]:
        """Return a patch (C, Y, X), its labels (Y, X), and where the image reaches."""
        for _ in range(TRIES):
            i = int(rng.integers(len(self.images)))
            how = self.augmentation.draw(rng)
            matrix = random_affine(rng, self.labels[i].shape, self.patch, how.scale)
            seen, valid = warp_labels(self.labels[i], matrix, self.patch)
            seen[~valid] = 0
            if seen.any():
                break
        view = vary_intensity(rng, warp(self.images[i], matrix, self.patch), how)
        return np.ascontiguousarray(view.transpose(2, 0, 1)), seen, valid


def on_device(batch: tuple[Tensor, ...], device: str) -> list[Tensor]:
    """Return the tensors of a batch where the network is, the images in its memory format."""
    images, *others = (tensor.to(device) for tensor in batch)
    return [images.to(memory_format=Patches.memory_format), *others]


def in_half(device: str) -> torch.autocast:
    """Let a network compute in bfloat16 where that is faster: not on a CPU."""
    kind = torch.device(device).type
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=kind == "cuda")


def mean_where(values: Tensor, valid: Tensor) -> Tensor:
    """Return the mean of (N, Y, X) values over the pixels where the image reaches."""
    return (values * valid).sum() / valid.sum().clamp(min=1)
