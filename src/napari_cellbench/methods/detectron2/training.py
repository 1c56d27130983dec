"""Trains networks of detectron2 on annotated images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ...data.statistics import Statistics
from ..shared.augment import Augmentation
from ..shared.channels import choose_channels, roles_to_learn
from ..shared.filling import start_from
from ..shared.patches import Patches, boxes_and_masks, seen_by
from ..shared.preprocessing import prepare
from ..shared.teaching import Pupil
from .checkpoint import network_to_train, read, save_checkpoint
from .design import Design, State
from .inputs import normalised
from .network import STRIDE, Detector, Objects
from .settings import InputSettings

if TYPE_CHECKING:
    from ...data import Role
    from ..shared.truth import Truth
    from ..training import Lesson

LEARNING_RATE = 5e-4

Batch = tuple[Tensor, list[NDArray[np.uint16]]]


class DetectionTask(Patches):
    """Draws batches of patches with their cells, and asks the network for its loss.

    Parameters
    ----------
    images, labels, patch, batch, augmentation
        As for `Patches`: images prepared to 0..1.
    settings
        Of the network's input.
    """

    # What lies between the convolutions wants it so.
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
        self.settings = settings

    def batch(self, rng: np.random.Generator) -> Batch:
        """Return (B, 3, Y, X) float32 input and the labels of each patch."""
        drawn = [self.draw(rng) for _ in range(self.size)]
        inputs = np.stack([normalised(view, self.settings) for view, *_ in drawn])
        return torch.from_numpy(inputs), [labels for _, labels, _ in drawn]

    def step(self, network: Detector, batch: Batch, device: str) -> Tensor:
        """Return the sum of the network's losses, on patches as large as it sees images."""
        inputs, labels = batch
        side = round(self.patch * self.settings.scale)
        x = inputs.to(device)
        if side != self.patch:
            x = F.interpolate(x, (side, side), mode="bilinear", align_corners=False)
        short = -side % STRIDE
        return network.loss(
            F.pad(x, (0, short, 0, short)), [_objects(of, side, device) for of in labels]
        )


def pupil(
    design: Design,
    lesson: Lesson,
    truth: Truth,
) -> Pupil[Detector]:
    """Prepare a network; see `TaughtMethod.pupil`.

    A checkpoint for cells keeps its preparation of images, one of other objects only what fits of
    its weights.
    """
    samples, target, start = lesson.samples, lesson.target, lesson.start
    roles = roles_to_learn(samples, target)
    content = None if start is None else read(start, design)
    state: State | None = None if content is None else content.state
    if content is not None and content.classes == 1:
        known = content.settings.roles or roles
        inputs = replace(content.settings, roles=known, window=lesson.settings.patch)
    else:
        scale = design.scale(truth.labels)
        inputs = InputSettings.fresh(design.order, roles, scale, lesson.settings.patch)
        if content is not None:
            mean, std = design.photographs
            inputs = replace(inputs, mean=mean, std=std).normalising_as(content.beside)
            state = design.for_cells(content.state)
    network = (
        design.new() if start is None or state is None else network_to_train(design, state, start)
    )
    images = seen_by(samples, partial(_prepared, inputs))
    task = DetectionTask(images, truth.labels, inputs, lesson.settings.patch, lesson.settings.batch)
    unfit = None
    if start is not None and state is not None:
        unfit = start_from(network, state, start)
    save = partial(save_checkpoint, key=design.key, settings=inputs)
    return Pupil(network, task, LEARNING_RATE, save, unfit)


def _prepared(
    settings: InputSettings,
    image: NDArray[Any],
    roles: Sequence[Role],
    statistics: Statistics,
) -> NDArray[np.float32]:
    """Return the channels that the network is to see, (C, Y, X), in 0..1."""
    channels = choose_channels(roles, settings.roles)
    how = settings.how("checkpoint", roles[channels[0]], is_8_bit=image.dtype == np.uint8)
    return prepare(image, channels, statistics, how, joint=len(channels) == 3)


def _objects(labels: NDArray[np.uint16], side: int, device: str) -> Objects:
    """Return the cells of a patch, which the network sees `side` pixels wide."""
    if side != len(labels):
        nearest = (np.arange(side) + 0.5) * len(labels) / side
        labels = labels[np.ix_(nearest.astype(int), nearest.astype(int))]
    boxes, masks = boxes_and_masks(labels)
    return Objects(boxes.to(device), masks.to(device))
