"""Trains networks of MMDetection on annotated images."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...data.statistics import Statistics
from ..shared.channels import roles_to_learn
from ..shared.patches import Patches, boxes_and_masks, seen_by
from ..shared.preprocessing import prepare
from ..shared.teaching import Pupil
from .architectures import IMAGENET, Architecture
from .checkpoint import load_start, save_checkpoint
from .framework import BitmapMasks, DetDataSample, InstanceData
from .inputs import choose_channels
from .predictor import STRIDE
from .settings import InputSettings

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ...data import Role
    from ..shared.augment import Augmentation
    from ..shared.truth import Truth
    from ..training import Lesson

LEARNING_RATE = 1e-4

Batch = tuple["Tensor", list[DetDataSample]]


class DetectionTask(Patches):
    """Draws batches of patches with their objects, and asks the network for its loss.

    Parameters
    ----------
    images, labels, patch, batch, augmentation
        As for `Patches`: images prepared to 0..1, patches with a side of a multiple of `STRIDE`.
    settings
        Of the network's input.
    """

    memory_format = torch.contiguous_format

    def __init__(
        self,
        images: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.uint16]],
        settings: InputSettings,
        patch: int,
        batch: int,
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__(images, labels, patch, batch, augmentation)
        self.mean, self.std = (
            np.array(values, np.float32)[:, None, None] for values in (settings.mean, settings.std)
        )

    def batch(self, rng: np.random.Generator) -> Batch:
        """Return (B, C, Y, X) float32 input and the objects of each patch."""
        drawn = [self.draw(rng) for _ in range(self.size)]
        inputs = np.stack([(255 * view - self.mean) / self.std for view, *_ in drawn])
        return torch.from_numpy(inputs), [_objects(labels) for _, labels, _ in drawn]

    def step(self, network: nn.Module, batch: Batch, device: str) -> Tensor:
        """Return the sum of the network's own losses."""
        inputs, samples = batch
        losses = network.loss(inputs.to(device), [sample.to(device) for sample in samples])
        loss: Tensor = network.parse_losses(losses)[0]
        return loss


def pupil(
    key: str,
    architecture: Architecture,
    lesson: Lesson,
    truth: Truth,
) -> Pupil[nn.Module]:
    """Prepare a network; see `TaughtMethod.pupil`."""
    samples, target, start = lesson.samples, lesson.target, lesson.start
    patch = -(-lesson.settings.patch // STRIDE) * STRIDE
    roles = roles_to_learn(samples, target)
    # A grey image is shown in all three channels, as SegGal does: weights for colour fit then.
    channels = 2 if len(roles) == 2 else 3
    mean, std = (values[:channels] for values in IMAGENET)
    fresh = InputSettings(mean, std, roles, "percentiles", window=patch, for_cells=True)
    begin = load_start(start, key, architecture, fresh)
    images = seen_by(samples, partial(_prepared, begin.settings))
    task = DetectionTask(images, truth.labels, begin.settings, patch, lesson.settings.batch)
    save = partial(save_checkpoint, key=key, settings=begin.settings)
    return Pupil(begin.network, task, LEARNING_RATE, save, begin.report)


def _prepared(
    settings: InputSettings,
    image: NDArray[Any],
    roles: Sequence[Role],
    statistics: Statistics,
) -> NDArray[np.float32]:
    """Return the channels that the network is to see, (C, Y, X), in 0..1."""
    channels = choose_channels(roles, settings, "auto")
    return prepare(image, channels, statistics, settings.preprocessing, len(channels) == 3)


def _objects(labels: NDArray[np.uint16]) -> DetDataSample:
    """Return the objects of a patch in MMDetection's form."""
    boxes, masks = boxes_and_masks(labels)
    shape = labels.shape
    return DetDataSample(
        metainfo={
            "img_shape": shape,
            "ori_shape": shape,
            "pad_shape": shape,
            "batch_input_shape": shape,
            "scale_factor": (1.0, 1.0),
        },
        gt_instances=InstanceData(
            bboxes=boxes,
            labels=torch.zeros(len(boxes), dtype=torch.long),
            masks=BitmapMasks(masks.numpy().astype(np.uint8), *shape),
        ),
    )
