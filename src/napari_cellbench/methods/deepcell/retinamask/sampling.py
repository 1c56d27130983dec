"""Boxes of a map or a mask, sampled to one size."""

from __future__ import annotations

import torch
from torch import Tensor

ROUNDING = 1e-3
"""Pixels by which a border may be missed."""


def sample(features: Tensor, boxes: Tensor, count: int, stride: int = 1) -> Tensor:
    """Sample boxes bilinearly at `count` points a side, the first and the last on their borders.

    A coarser map is sampled as if each of its pixels were repeated `stride` times, which takes no
    memory here. What lies outside is 0. Equal to TensorFlow's ``crop_and_resize``.

    Parameters
    ----------
    features : (C, Y, X)
        The map.
    boxes : (K, 4)
        x1, y1, x2, y2 in pixels of the image; the last ones are exclusive.
    count
        Points a side.
    stride
        Pixels of the image to one of the map.

    Returns
    -------
    (K, C, count, count)
    """
    height, width = (length * stride for length in features.shape[1:])
    steps = torch.linspace(0, 1, count, device=boxes.device, dtype=boxes.dtype)

    def along(first: Tensor, last: Tensor, length: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        at = first[:, None] + steps * (last - 1 - first)[:, None]
        inside = (at > -ROUNDING) & (at < length - 1 + ROUNDING)
        low = at.floor().clamp(0, length - 1)
        high = (low + 1).clamp(max=length - 1)
        part = (at - low).clamp(0, 1)
        return low.long() // stride, high.long() // stride, part, inside

    x1, y1, x2, y2 = boxes.T
    top, bottom, down, inside_y = along(y1, y2, height)
    left, right, over, inside_x = along(x1, x2, width)

    def taken(rows: Tensor, columns: Tensor) -> Tensor:
        return features[:, rows[:, :, None], columns[:, None, :]]

    over = over[:, None, :]
    upper = taken(top, left) * (1 - over) + taken(top, right) * over
    lower = taken(bottom, left) * (1 - over) + taken(bottom, right) * over
    down = down[:, :, None]
    found = upper * (1 - down) + lower * down
    found = found * (inside_y[:, :, None] & inside_x[:, None, :])
    return found.transpose(0, 1)
