"""The best of masks that overlap, as run lengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from torch import Tensor

from ...data.rle import RLE, mask_areas


def encoded(masks: Tensor) -> list[RLE]:
    """Return (N, Y, X) bool masks as run lengths."""
    # Run lengths go down the columns: torch transposes faster than NumPy.
    columns = masks.transpose(1, 2).contiguous().to(torch.uint8).cpu().numpy()
    found: list[RLE] = coco_mask.encode(columns.transpose(2, 1, 0))
    return found


def best_masks(
    masks: Sequence[RLE], scores: NDArray[np.floating], overlap: float, most: int
) -> tuple[list[RLE], NDArray[np.float32]]:
    """Drop masks that are empty or overlap a better one.

    Parameters
    ----------
    masks
        Of one size, N.
    scores : (N,)
        How certain each is.
    overlap
        Intersection over union above which the worse of two masks is dropped.
    most
        Masks to look at, the best first.

    Returns
    -------
    masks, scores
        The best first.
    """
    areas = mask_areas(masks)
    order = [i for i in np.argsort(-scores, kind="stable") if areas[i]][:most]
    some = [masks[i] for i in order]
    overlaps = np.reshape(coco_mask.iou(some, some, [0] * len(some)), (len(some),) * 2)
    kept: list[int] = []
    for i in range(len(some)):
        if not (overlaps[i, kept] > overlap).any():
            kept.append(i)
    return [some[i] for i in kept], scores[order][kept].astype(np.float32)
