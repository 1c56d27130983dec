"""What training has in common for DeepCell's methods: images, and how a step is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..shared.channels import roles_to_learn
from ..shared.patches import Patches, seen_by
from .predictor import network_input
from .settings import InputSettings

if TYPE_CHECKING:
    from ...data import Sample, Target


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
    return seen_by(
        samples, lambda image, roles, known: network_input(image, roles, known, channels, settings)
    )


def on_device(batch: tuple[Tensor, ...], device: str) -> list[Tensor]:
    """Return the tensors of a batch where the network is, the images in its memory format."""
    images, *others = (tensor.to(device) for tensor in batch)
    return [images.to(memory_format=Patches.memory_format), *others]


def mean_where(values: Tensor, valid: Tensor) -> Tensor:
    """Return the mean of (N, Y, X) values over the pixels where the image reaches."""
    return (values * valid).sum() / valid.sum().clamp(min=1)
