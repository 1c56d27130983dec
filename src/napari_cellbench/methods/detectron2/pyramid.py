"""A feature pyramid by the names of detectron2.

Source: Lin et al. 2017, Feature Pyramid Networks for Object Detection, CVPR.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor, nn

from .layers import Norm, NormedConv


class Pyramid(nn.Module):
    """A backbone and the maps that are made of its levels; level l has a stride of 2^l pixels.

    Parameters
    ----------
    bottom_up
        Returns the maps of the levels, from fine to coarse.
    channels
        Of these, by level.
    features
        Channels of the pyramid.
    norm
        After each convolution, which has no bias then; None for none.
    top
        Returns the coarser maps that are made of the last one.
    """

    def __init__(
        self,
        bottom_up: nn.Module,
        channels: Mapping[int, int],
        features: int,
        norm: Norm | None,
        top: nn.Module,
    ) -> None:
        super().__init__()
        self.bottom_up = bottom_up
        self.levels = tuple(sorted(channels))
        for level in self.levels:
            self.add_module(f"fpn_lateral{level}", _conv(channels[level], features, 1, norm))
            self.add_module(f"fpn_output{level}", _conv(features, features, 3, norm))
        self.top_block = top

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps from fine to coarse.

        Parameters
        ----------
        x : (N, 3, Y, X)
            Normalised; Y and X multiples of the last level's stride.
        """
        maps: list[Tensor] = []
        merged: Tensor | None = None
        for level, found in zip(self.levels[::-1], self.bottom_up(x)[::-1], strict=True):
            reduced = self.get_submodule(f"fpn_lateral{level}")(found)
            merged = reduced if merged is None else reduced + F.interpolate(merged, scale_factor=2)
            maps.insert(0, self.get_submodule(f"fpn_output{level}")(merged))
        return [*maps, *self.top_block(maps[-1])]


class ConvTop(nn.Module):
    """Two coarser maps by convolutions, as of RetinaNet and FCOS."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.p6 = nn.Conv2d(features, features, 3, 2, 1)
        self.p7 = nn.Conv2d(features, features, 3, 2, 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return P6 and P7, given P5."""
        p6 = self.p6(x)
        return [p6, self.p7(F.relu(p6))]


class PoolTop(nn.Module):
    """One coarser map by leaving out every other pixel."""

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return P6, given P5."""
        return [F.max_pool2d(x, 1, 2)]


def _conv(inside: int, out: int, kernel: int, norm: Norm | None) -> nn.Module:
    if norm is None:
        return nn.Conv2d(inside, out, kernel, padding=kernel // 2)
    return NormedConv(inside, out, kernel, norm)
