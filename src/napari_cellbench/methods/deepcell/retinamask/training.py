"""Trains RetinaMask on annotated images."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from ...shared.filling import start_from
from ...shared.patches import Patches, boxes_and_masks, in_half
from ...shared.teaching import Pupil
from ..checkpoint import save_checkpoint
from ..resnet import BLOCKS
from ..settings import InputSettings
from ..training import fresh_settings, prepared_images
from . import RetinaMask
from .anchors import AnchorDesign, anchor_targets
from .checkpoint import design_of, read
from .losses import cells_loss, offsets_loss
from .network import SAMPLES, RetinaMaskNet, RetinaShape
from .sampling import sample

if TYPE_CHECKING:
    from ...shared.augment import Augmentation
    from ...shared.truth import Truth
    from ...training import Lesson

LEARNING_RATE = 5e-4
DRAWN = 64
"""Cells of a patch whose masks are learnt in a step: each takes memory and time."""

Batch = tuple[Tensor, list[NDArray[np.uint16]]]


class RetinaMaskTask(Patches):
    """Draws batches of patches with their cells, and measures the loss.

    Parameters
    ----------
    images, labels, patch, batch, augmentation
        As for `Patches`.
    design
        Of the network's anchors.
    """

    def __init__(
        self,
        images: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.uint16]],
        patch: int,
        batch: int,
        design: AnchorDesign,
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__(images, labels, patch, batch, augmentation)
        self.anchors = design.boxes(patch, patch)

    def batch(self, rng: np.random.Generator) -> Batch:
        """Return images and the labels of each."""
        drawn = [self.draw(rng) for _ in range(self.size)]
        images = torch.from_numpy(np.stack([view for view, *_ in drawn]))
        return images, [seen for _, seen, _ in drawn]

    def step(self, network: nn.Module, batch: Batch, device: str) -> Tensor:
        """Return the losses of corners, of cells and of masks, summed."""
        images, labels = batch
        images = images.to(device, memory_format=self.memory_format)
        cells = [boxes_and_masks(of_image) for of_image in labels]
        with in_half(device):
            maps = network.pyramid(images)
            offsets, logits = network.answers(maps)
            some = [boxes[:DRAWN].to(device) for boxes, _ in cells]
            drawn = network.masks(maps[0], some)
        losses = []
        for of_image, (boxes, _) in enumerate(cells):
            truth = anchor_targets(self.anchors, boxes, self.patch, self.patch)
            is_cell = truth.is_cell.to(device)
            losses += [
                offsets_loss(offsets[of_image], truth.offsets.to(device), is_cell),
                cells_loss(logits[of_image], is_cell, truth.ignored.to(device)),
            ]
        loss = torch.stack(losses).sum() / len(images)
        if not len(drawn):
            return loss
        masks = torch.cat([mask_targets(*pair, DRAWN) for pair in cells]).to(device)
        return loss + binary_cross_entropy_with_logits(drawn, masks)


def mask_targets(boxes: Tensor, masks: Tensor, most: int) -> Tensor:
    """Return what the mask head is to draw in the first boxes, (N, 28, 28) float32."""
    targets = [
        sample(mask[None].float(), box[None], 2 * SAMPLES)[0, 0]
        for box, mask in zip(boxes[:most], masks[:most], strict=True)
    ]
    return torch.stack(targets) if targets else boxes.new_zeros((0, 2 * SAMPLES, 2 * SAMPLES))


def pupil(
    shape: Mapping[str, Any],
    lesson: Lesson,
    truth: Truth,
) -> Pupil[RetinaMaskNet]:
    """Prepare a network; see `TaughtMethod.pupil`.

    A checkpoint keeps its levels and anchors, and one of as many channels its preparation of
    images.
    """
    samples, target, start = lesson.samples, lesson.target, lesson.start
    design: AnchorDesign | None = AnchorDesign.for_cells(truth.labels)
    inputs, content = fresh_settings(samples, target, lesson.settings.patch), None
    if start is None:
        assert design is not None
        built = new_shape(design, len(inputs.roles), shape)
    else:
        content = read(start)
        told = RetinaShape.of(content.state)
        # What the file leaves open is as the parameters have it, if nobody turns them.
        design = design_of(content, told) or AnchorDesign.told(
            told.levels, told.anchors, more_tall=False
        )
        if told.channels == len(inputs.roles):
            inputs = content.settings or InputSettings(inputs.roles)
        built = replace(told, channels=len(inputs.roles))
    multiple = 2 ** built.levels[-1]
    patch = -(-lesson.settings.patch // multiple) * multiple
    inputs = replace(inputs, window=patch)
    network = RetinaMaskNet(built)
    images = prepared_images(samples, inputs, built.channels)
    task = RetinaMaskTask(images, truth.labels, patch, lesson.settings.batch, design)
    unfit = None
    if start is not None and content is not None:
        unfit = start_from(network, content.state, start)
    save = partial(
        save_checkpoint, key=RetinaMask.key, settings=inputs, ratios=json.dumps(design.ratios)
    )
    return Pupil(network, task, LEARNING_RATE, save, unfit)


def new_shape(design: AnchorDesign, channels: int, options: Mapping[str, Any]) -> RetinaShape:
    """Return the shape of a new network with these anchors."""
    fresh = RetinaShape(
        channels,
        design.levels,
        anchors=3 * len(design.ratios),
        blocks=BLOCKS[: design.levels[-1] - 1],
    )
    changed = dict(options)
    if "blocks" in changed:
        changed["blocks"] = tuple(changed["blocks"])[: design.levels[-1] - 1]
    return replace(fresh, **changed)
