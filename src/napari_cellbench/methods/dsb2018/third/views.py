"""The fifteen views of an image that the third winner's test-time version asks about.

Source: the write-up of Deep Retina, third place of the Data Science Bowl 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

FULL = 512
"""Images with a side below this are never made smaller."""


@dataclass(frozen=True)
class View:
    """One of them: mirrored, then turned, then scaled.

    Attributes
    ----------
    up_down, left_right
        Whether it is mirrored.
    turns
        Quarter turns.
    height, width
        By how much it is enlarged.
    """

    up_down: bool = False
    left_right: bool = False
    turns: int = 0
    height: float = 1.0
    width: float = 1.0

    def of(self, x: Tensor) -> Tensor:
        """Return the view of images (N, C, Y, X)."""
        axes = [axis for axis, asked in ((-2, self.up_down), (-1, self.left_right)) if asked]
        x = x.flip(axes).rot90(self.turns, (-2, -1))
        is_small = min(x.shape[-2:]) < FULL
        sides = zip(x.shape[-2:], (self.height, self.width), strict=True)
        size = [
            max(1, round(length * (max(factor, 1.0) if is_small else factor)))
            for length, factor in sides
        ]
        if size == list(x.shape[-2:]):
            return x
        return F.interpolate(x, size, mode="bilinear", align_corners=False, antialias=True)

    def undone(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Turn and mirror a mask (Y, X), which has the unscaled size, back."""
        mask = np.rot90(mask, -self.turns)
        axes = [axis for axis, asked in ((0, self.up_down), (1, self.left_right)) if asked]
        return np.flip(mask, tuple(axes)) if axes else mask


ONE = (View(),)
FIFTEEN = (
    View(),
    View(height=2, width=2),
    View(height=0.7, width=0.8),
    View(height=1.5, width=1.5),
    View(True, True, 1, 0.9, 0.8),
    View(True, False, 2, 1.1, 1.2),
    View(False, True, 3, 0.5, 0.5),
    View(False, True, 3, 1, 1.2),
    View(True, True, 2),
    View(True, True, 2),
    View(False, True, 3),
    View(True, False, 1),
    View(True, True, 3, 1, 0.9),
    View(False, True, 3, 1.5, 1.5),
    View(turns=3, height=1.2),
)
