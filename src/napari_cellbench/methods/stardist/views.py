"""Test-time augmentation: flips and rotations of an image, and the way back for what is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from torch import Tensor

    from .settings import StarDistConfig


@dataclass(frozen=True)
class View:
    """A symmetry of the square: first the flips, then an exchange of the axes."""

    flip_y: bool = False
    flip_x: bool = False
    transpose: bool = False


PLAIN = (View(),)
"""The image as it is."""


SYMMETRIES = (
    View(),
    View(flip_y=True, flip_x=True),
    View(transpose=True),
    View(flip_y=True, flip_x=True, transpose=True),
    View(flip_x=True),
    View(flip_y=True),
    View(flip_x=True, transpose=True),
    View(flip_y=True, transpose=True),
)
"""All of them; the first two look at every edge of the image from both sides."""


def symmetries(config: StarDistConfig) -> tuple[View, ...]:
    """List the views that map the network's grid and rays onto themselves: eight as a rule."""
    even, quarters = config.n_rays % 2 == 0, config.n_rays % 4 == 0
    square = config.grid[0] == config.grid[1]
    return tuple(
        view
        for view in SYMMETRIES
        if (even or not view.flip_x) and ((quarters and square) or not view.transpose)
    )


def show(image: Tensor, view: View, config: StarDistConfig) -> Tensor:
    """Turn an image.

    A flip takes the grid's first pixel to its last but ``grid - 1``; one reflected pixel more at
    the far side brings the grid of the flipped image onto that of the image, and a reflected
    margin at the near side the size to a multiple.

    Parameters
    ----------
    image : (1, C, Y, X)
        Y and X are multiples of ``config.multiple``.
    view
        How.
    config
        The network's shape.
    """
    for axis, flipped in ((2, view.flip_y), (3, view.flip_x)):
        if flipped:
            margin = (config.multiple[axis - 2] - 1, 1)
            image = F.pad(image, (0, 0, *margin) if axis == 2 else (*margin, 0, 0), mode="reflect")
            image = image.flip(axis)
    return image.transpose(2, 3) if view.transpose else image


def restore(
    logits: Tensor, dist: Tensor, view: View, config: StarDistConfig, shape: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Turn back what the network found in a view.

    Parameters
    ----------
    logits : (1, 1, h, w)
        Of the view.
    dist : (1, n_rays, h, w)
        Of the view. Ray ``k`` points to ``(sin, cos)(2 pi k / n_rays)``, as (y, x).
    view, config
        As they were shown.
    shape
        Rows and columns of the grid of the image that was shown.

    Returns
    -------
    logits, dist
        On the grid of the image.
    """
    rays = torch.arange(config.n_rays, device=dist.device)
    if view.transpose:
        logits, dist = logits.transpose(2, 3), dist.transpose(2, 3)
        dist = dist[:, (config.n_rays // 4 - rays) % config.n_rays]
    for axis, flipped, half in ((3, view.flip_x, config.n_rays // 2), (2, view.flip_y, 0)):
        if flipped:
            logits, dist = (a.narrow(axis, 1, shape[axis - 2]).flip(axis) for a in (logits, dist))
            dist = dist[:, (half - rays) % config.n_rays]
    return logits, dist
