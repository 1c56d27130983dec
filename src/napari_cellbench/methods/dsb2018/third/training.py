"""Trains the third winner's network on annotated images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.ops import box_iou

from ...deepcell.checkpoint import save_checkpoint
from ...deepcell.retinamask.training import mask_targets
from ...shared.filling import start_from
from ...shared.patches import Patches, boxes_and_masks, in_half
from ...shared.teaching import Pupil
from ..inputs import fresh_settings, original_settings, prepared_images
from . import ThirdPlace
from .boxes import anchors, in_pixels, moves, normalised, proposed
from .checkpoint import WINDOW, new_shape, read, short_side_of
from .detection import OBJECT
from .network import MULTIPLE, ThirdNet, ThirdShape, centred

if TYPE_CHECKING:
    from ...shared.truth import Truth
    from ...training import Lesson

LEARNING_RATE = 1e-3
SURE, UNSURE = 0.7, 0.3
"""Overlap (IoU) with a nucleus from which an anchor stands for it, and below which for none."""
ANCHORS = 256
"""Anchors of an image that are learnt from in a step; up to a half stand for nuclei."""
RIGHT = 0.5
"""Overlap from which a proposed box has a nucleus in it."""
BOXES, SHARE = 128, 1 / 3
"""Proposed boxes of an image that are learnt from, and how many of them have a nucleus."""
FEWEST = 8
"""Boxes without a nucleus that are always learnt from."""
DRAWN = 32
"""Boxes of an image whose masks are learnt: each takes memory and time."""

Batch = tuple[Tensor, list[NDArray[np.uint16]]]


class ThirdTask(Patches):
    """Draws batches of patches with their nuclei, and measures the loss."""

    def batch(self, rng: np.random.Generator) -> Batch:
        """Return images and the labels of each."""
        drawn = [self.draw(rng) for _ in range(self.size)]
        return torch.from_numpy(np.stack([view for view, *_ in drawn])), [s for _, s, _ in drawn]

    def step(self, network: nn.Module, batch: Batch, device: str) -> Tensor:
        """Return the losses of proposals, classes, boxes and masks, summed."""
        images, labels = batch
        images = images.to(device, memory_format=self.memory_format)
        cells = [boxes_and_masks(of_image) for of_image in labels]
        side = self.patch
        truth = [normalised(boxes[:, [1, 0, 3, 2]].to(device), side, side) for boxes, _ in cells]
        places = anchors(side, side).to(device)
        with in_half(device):
            maps = network.pyramid(centred(images))
            logits, deltas = network.proposals(maps)
        answers = list(zip(logits, deltas, truth, strict=True))
        losses = [_proposals_loss(*of_image, places) for of_image in answers]
        with torch.no_grad():
            chosen = [
                # With the nuclei themselves: a new network proposes none.
                Chosen.of(
                    torch.cat([known, proposed(places, found.softmax(1)[:, OBJECT], d)]), known
                )
                for found, d, known in answers
            ]
        loss = torch.stack(losses).mean() + _boxes_loss(network, maps, chosen, device)
        drawn = [one.with_nucleus() for one in chosen]
        if not sum(len(one.boxes) for one in drawn):
            return loss
        with in_half(device):
            found = network.masks(maps, [one.boxes for one in drawn])
        targets = [
            mask_targets(_corners(one.boxes, side), masks[one.which.cpu()], DRAWN)
            for one, (_, masks) in zip(drawn, cells, strict=True)
        ]
        wanted = (torch.cat(targets) > 0.5).float().to(device)
        return loss + F.binary_cross_entropy_with_logits(found, wanted)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Boxes of an image to learn from.

    Attributes
    ----------
    boxes : (K, 4)
    which : (K,) int64
        The nucleus that each has in it; -1 for none.
    exact : (K, 4)
        Where that one is; the box itself for none.
    """

    boxes: Tensor
    which: Tensor
    exact: Tensor

    @classmethod
    def of(cls, boxes: Tensor, truth: Tensor) -> Chosen:
        """Draw some of an image's boxes at random."""
        if len(truth):
            best, which = box_iou(boxes, truth).max(1)
        else:
            best, which = boxes.new_zeros(len(boxes)), torch.zeros_like(boxes[:, 0]).long()
        inside = _some(best >= RIGHT, round(BOXES * SHARE))
        # Twice as many without, but never none at all.
        others = _some(best < RIGHT, max(FEWEST, 2 * len(inside)))
        exact = truth[which[inside]] if len(truth) else boxes[inside]
        return cls(
            torch.cat([boxes[inside], boxes[others]]),
            torch.cat([which[inside], torch.full_like(others, -1)]),
            torch.cat([exact, boxes[others]]),
        )

    def with_nucleus(self) -> Chosen:
        """Return some of those that have a nucleus."""
        places = (self.which >= 0).nonzero()[:DRAWN, 0]
        return Chosen(self.boxes[places], self.which[places], self.exact[places])


def _boxes_loss(
    network: nn.Module, maps: Sequence[Tensor], chosen: Sequence[Chosen], device: str
) -> Tensor:
    """Return the losses of classes and of exact boxes."""
    with in_half(device):
        logits, deltas = network.classes(maps, [one.boxes for one in chosen])
    is_nucleus = torch.cat([one.which for one in chosen]) >= 0
    loss = F.cross_entropy(logits, is_nucleus.long())
    if not is_nucleus.any():
        return loss
    boxes, exact = (
        torch.cat([getattr(one, name) for one in chosen]) for name in ("boxes", "exact")
    )
    wanted = moves(boxes[is_nucleus], exact[is_nucleus])
    return loss + F.smooth_l1_loss(deltas[is_nucleus, OBJECT], wanted)


def _corners(boxes: Tensor, side: int) -> Tensor:
    """Return boxes as the sampler of masks takes them: x1, y1, x2, y2 in pixels."""
    return in_pixels(boxes, side, side)[:, [1, 0, 3, 2]].cpu()


def _proposals_loss(logits: Tensor, deltas: Tensor, truth: Tensor, places: Tensor) -> Tensor:
    """Return the losses of the anchors of an image, of which some are drawn at random."""
    is_object, is_none, which = matched(places, truth)
    objects = _some(is_object, ANCHORS // 2)
    others = _some(is_none, ANCHORS - len(objects))
    asked = torch.cat([objects, others])
    classes = torch.cat([torch.ones_like(objects), torch.zeros_like(others)])
    loss = F.cross_entropy(logits[asked], classes)
    if not len(objects):
        return loss
    exact = moves(places[objects], truth[which[objects]])
    return loss + F.smooth_l1_loss(deltas[objects], exact)


def matched(places: Tensor, truth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Tell which anchors stand for a nucleus, which for none, and for which of them.

    Parameters
    ----------
    places, truth : (K, 4), (N, 4)
        Anchors and nuclei.

    Returns
    -------
    is_object, is_none, which : (K,) bool, bool, int64
        What is neither is not learnt from. The best anchors of a nucleus stand for it, however
        little they overlap.
    """
    if not len(truth):
        nowhere = torch.zeros(len(places), dtype=torch.bool, device=places.device)
        return nowhere, ~nowhere, nowhere.long()
    overlaps = box_iou(places, truth)
    best, which = overlaps.max(1)
    highest = overlaps.max(0).values
    is_best = ((overlaps == highest) & (highest > 0)).any(1)
    is_object = (best >= SURE) | is_best
    return is_object, (best < UNSURE) & ~is_object, which


def _some(among: Tensor, most: int) -> Tensor:
    """Return the places of some that are True, in random order."""
    places = among.nonzero()[:, 0]
    return places[torch.randperm(len(places))[:most].to(places.device)]


def pupil(
    shape: Mapping[str, Any],
    lesson: Lesson,
    truth: Truth,
) -> Pupil[ThirdNet]:
    """Prepare a network; see `TaughtMethod.pupil`.

    A new network learns the statistics of batch normalisation, which the winner's never did: from
    random weights nothing else would keep its numbers in bounds. One from a checkpoint keeps them.
    """
    samples, target, start = lesson.samples, lesson.target, lesson.start
    patch = -(-lesson.settings.patch // MULTIPLE) * MULTIPLE
    # Larger than what is learnt from: the network looks at each place alike.
    window = max(patch, WINDOW)
    inputs, content, short_side = fresh_settings(samples, target, window), None, 1
    if start is None:
        network = ThirdNet(new_shape(shape))
    else:
        content = read(start)
        network = ThirdNet(ThirdShape.of(content.state))
        inputs = content.settings or original_settings(window)
        # What the file's own images were enlarged to is not what these are.
        short_side = short_side_of(content) if content.settings else 1
    images = prepared_images(samples, inputs)
    task = ThirdTask(images, truth.labels, patch, lesson.settings.batch)
    unfit = None
    if start is not None and content is not None:
        unfit = start_from(network, content.state, start)
        network.has_frozen_norms = True
    save = partial(save_checkpoint, key=ThirdPlace.key, settings=inputs, short_side=str(short_side))
    return Pupil(network, task, LEARNING_RATE, save, unfit)
