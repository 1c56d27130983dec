"""What a Cellpose U-Net learns from: labels to flows and cell probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch.nn.functional as F
from cellpose.dynamics import labels_to_flows

from ..shared.augment import Augmentation, random_affine, vary_intensity, warp, warp_labels
from ..shared.fitting import PatchTask
from ..shared.patches import stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor


class CellposeTask(PatchTask):
    """Draws batches of patches with their flows, and measures the loss.

    Parameters
    ----------
    images
        Normalised images at the network's scale, each (Y, X, C) float32.
    labels
        Their labels, each (Y, X) uint16. Flows are computed once, here.
    patch, batch
        Side of a patch in pixels, and patches per step.
    augmentation
        How strongly patches are varied.
    """

    def __init__(
        self,
        images: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.uint16]],
        patch: int = 224,
        batch: int = 4,
        augmentation: Augmentation | None = None,
    ) -> None:
        self.images, self.labels = images, labels
        self.patch, self.size = patch, batch
        self.augmentation = augmentation or Augmentation()
        flows = labels_to_flows([a.astype(np.int32) for a in labels])
        self.flows = [np.ascontiguousarray(f[2:4].transpose(1, 2, 0), np.float32) for f in flows]

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return images, flows (y, x), foreground and the mask of pixels that count."""
        return stacked(self._example(rng) for _ in range(self.size))

    def _example(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        i = int(rng.integers(len(self.images)))
        labels, size = self.labels[i], self.patch
        how = self.augmentation.draw(rng)
        matrix = random_affine(rng, labels.shape, size, how.scale)
        view = vary_intensity(rng, warp(self.images[i], matrix, size), how)
        seen, valid = warp_labels(labels, matrix, size)
        zoom = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        turn = (matrix[::-1, 1::-1] / zoom).T.astype(np.float32)
        flow = warp(self.flows[i], matrix, size) @ turn
        foreground = (seen > 0) & valid
        flow[~foreground] = 0
        return (
            np.ascontiguousarray(view.transpose(2, 0, 1)),
            np.ascontiguousarray(flow.transpose(2, 0, 1)),
            foreground[None].astype(np.float32),
            valid[None].astype(np.float32),
        )

    def loss(self, output: Tensor, batch: tuple[Tensor, ...]) -> Tensor:
        """Half the squared error of five times the flows, plus the cross-entropy of foreground.

        Source: Stringer et al. 2021, Nat. Methods 18, Methods, "Training".
        """
        _, flow, foreground, valid = batch
        output = output.float()
        error = (output[:, :2] - 5 * flow).square() * valid
        entropy = F.binary_cross_entropy_with_logits(output[:, 2:], foreground, reduction="none")
        return 0.5 * error.mean() + (entropy * valid).mean()
