"""Losses of RetinaMask.

Source: Lin et al. 2017, Focal Loss for Dense Object Detection, ICCV; Fu, Shvets, Berg 2019.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

SIGMA = 3.0
"""Where the loss of offsets goes from square to straight: at 1 / 9."""
ALPHA, GAMMA = 0.25, 2.0
"""Weight of cells, and how little easy anchors count."""


def offsets_loss(found: Tensor, truth: Tensor, is_cell: Tensor) -> Tensor:
    """Return the smooth L1 loss of the corners of cells' anchors, summed, for each such anchor."""
    distance = (found - truth)[is_cell].abs()
    bend = 1 / SIGMA**2
    square, straight = distance**2 / (2 * bend), distance - bend / 2
    return square.where(distance < bend, straight).sum() / is_cell.sum().clamp(min=1)


def cells_loss(logits: Tensor, is_cell: Tensor, ignored: Tensor) -> Tensor:
    """Return the focal loss, summed, for each anchor of a cell."""
    truth = is_cell.to(logits.dtype)
    entropy = binary_cross_entropy_with_logits(logits, truth, reduction="none")
    wrong = (logits.sigmoid() - truth).abs()
    share = ALPHA * truth + (1 - ALPHA) * (1 - truth)
    loss = share * wrong**GAMMA * entropy
    return loss[~ignored].sum() / is_cell.sum().clamp(min=1)
