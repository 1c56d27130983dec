"""What a StarDist network learns from: labels to object probability and radial distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch.nn.functional as F
from scipy import ndimage as ndi
from stardist.geometry import star_dist

from ..shared.augment import Augmentation, random_affine, vary_intensity, warp, warp_labels
from ..shared.fitting import PatchTask
from ..shared.patches import stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from .settings import StarDistConfig


def object_probability(labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return each pixel's distance to the object's boundary over the object's largest distance.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.

    Returns
    -------
    (Y, X) float32
        In [0, 1]; 0 outside objects (Schmidt et al. 2018, section 2).
    """
    inner = labels > 0
    for axis in (0, 1):
        differs = np.diff(labels, axis=axis) != 0
        first, second = [slice(None)] * 2, [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        inner[tuple(first)] &= ~differs
        inner[tuple(second)] &= ~differs
    distance = cv2.distanceTransform(inner.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = np.where(labels > 0, distance + 1, 0)
    largest = ndi.maximum(distance, labels, np.arange(labels.max() + 1))
    out = distance / np.maximum(np.asarray(largest)[labels], 1)
    return out.astype(np.float32)


class StarDistTask(PatchTask):
    """Draws batches of patches with their targets, and measures the loss.

    Parameters
    ----------
    images
        Normalised images, each (Y, X, C) float32.
    labels
        Their labels, each (Y, X) uint16.
    config
        The network's shape.
    patch, batch
        Side of a patch in pixels, and patches per step.
    augmentation
        How strongly patches are varied.
    """

    def __init__(
        self,
        images: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.uint16]],
        config: StarDistConfig,
        patch: int = 256,
        batch: int = 4,
        augmentation: Augmentation | None = None,
    ) -> None:
        self.images, self.labels, self.config = images, labels, config
        self.patch, self.size = patch, batch
        self.augmentation = augmentation or Augmentation()

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return images, probabilities, distances and the mask of pixels that count."""
        return stacked(self._example(rng) for _ in range(self.size))

    def _example(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        i = int(rng.integers(len(self.images)))
        image, labels, size = self.images[i], self.labels[i], self.patch
        how = self.augmentation.draw(rng)
        matrix = random_affine(rng, labels.shape, size, how.scale)
        view = vary_intensity(rng, warp(image, matrix, size), how)
        seen, valid = warp_labels(labels, matrix, size)
        seen[~valid] = 0
        ys, xs = (slice(None, None, g) for g in self.config.grid)
        dist = star_dist(seen, self.config.n_rays, grid=self.config.grid)
        prob = object_probability(seen)[ys, xs]
        return (
            np.ascontiguousarray(view.transpose(2, 0, 1)),
            prob[None],
            np.ascontiguousarray(dist.transpose(2, 0, 1)),
            valid[None, ys, xs].astype(np.float32),
        )

    def loss(self, output: tuple[Tensor, Tensor], batch: tuple[Tensor, ...]) -> Tensor:
        """Cross-entropy of the probability plus 0.2 times the weighted error of distances.

        Distances count in proportion to the probability; in the background they are drawn to
        zero with weight 1e-4 (Schmidt et al. 2018, section 2.1, and the package's defaults).
        """
        logits, dist = (o.float() for o in output)
        _, prob, truth, valid = batch
        entropy = F.binary_cross_entropy_with_logits(logits, prob, reduction="none")
        weight = prob * valid
        error = (weight * (dist - truth).abs()).mean() / (weight.mean() + 1e-7)
        background = ((1 - prob) * dist.abs()).mean()
        return (entropy * valid).mean() + 0.2 * (error + 1e-4 * background)
