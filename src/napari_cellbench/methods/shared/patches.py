"""Patches of annotated images, as training draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...data.statistics import ExactStatistics, Statistics
from .augment import Augmentation, random_affine, vary_intensity, warp, warp_labels

if TYPE_CHECKING:
    from ...data import Role, Sample

TRIES = 20
"""Draws of a patch with an object in it, before an empty one is taken."""
SMALLEST = 2
"""Objects of which a patch shows less than this width or height, in pixels, are left out."""


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


def stacked(examples: Iterable[tuple[NDArray[Any], ...]]) -> tuple[Tensor, ...]:
    """Return the batch of some examples: of each of their arrays one tensor, (N, ...)."""
    columns = zip(*examples, strict=True)
    return tuple(torch.from_numpy(np.stack(column)) for column in columns)


def seen_by(
    samples: Sequence[Sample],
    prepare: Callable[[NDArray[Any], tuple[Role, ...], Statistics], NDArray[np.float32]],
) -> list[NDArray[np.float32]]:
    """Return what a network is to see of each image, (Y, X, C), as `Patches` take it.

    Parameters
    ----------
    samples
        Images.
    prepare
        Takes an image (C, Y, X), what its channels show, and its statistics; returns (C, Y, X).
    """
    images = []
    for sample in samples:
        image = np.asarray(sample.image)
        seen = prepare(image, sample.roles, ExactStatistics(image))
        images.append(np.ascontiguousarray(seen.transpose(1, 2, 0)))
    return images


def boxes_and_masks(labels: NDArray[np.integer]) -> tuple[Tensor, Tensor]:
    """Return the objects of a label image.

    Returns
    -------
    boxes : (N, 4) float32
        x1, y1, x2, y2, the last ones exclusive.
    masks : (N, Y, X) bool
    """
    masks = labels[None] == np.unique(labels[labels > 0])[:, None, None]
    boxes = []
    for mask in masks:
        ys, xs = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
        boxes.append((xs[0], ys[0], xs[-1] + 1, ys[-1] + 1))
    found = np.array(boxes, np.float32).reshape(-1, 4)
    wide = ((found[:, 2:] - found[:, :2]) >= SMALLEST).all(1)
    return torch.from_numpy(found[wide]), torch.from_numpy(masks[wide])


def in_half(device: str) -> torch.autocast:
    """Let a network compute in bfloat16 where that is faster: not on a CPU."""
    kind = torch.device(device).type
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=kind == "cuda")
