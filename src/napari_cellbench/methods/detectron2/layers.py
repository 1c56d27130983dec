"""Convolutions and normalisation by the names of detectron2."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from torch import Tensor, nn
from torchvision.ops import FrozenBatchNorm2d

from ..shared.keys import COUNTER

Norm = Literal["frozen", "batch", "group"]
"""Frozen: batch normalisation that keeps its statistics and weights for ever."""

GROUPS = 32


def norm_layer(norm: Norm, channels: int) -> nn.Module:
    """Return a layer that normalises; all have epsilon 1e-5."""
    if norm == "frozen":
        return FrozenBatchNorm2d(channels)
    if norm == "batch":
        return nn.BatchNorm2d(channels)
    # At least two channels in each: those of a map of one pixel would not vary otherwise.
    return nn.GroupNorm(math.gcd(GROUPS, channels // 2), channels)


def norm_of(state: Mapping[str, Tensor], name: str) -> Norm:
    """Tell the kind of a file's norm from the names of its tensors.

    Parameters
    ----------
    state
        Of the file.
    name
        Of the norm: "stem_1/norm".
    """
    if f"{name}.running_mean" not in state:
        return "group"
    # Only batch normalisation that goes on learning counts what it has seen.
    return "batch" if f"{name}.{COUNTER}" in state else "frozen"


class NormedConv(nn.Conv2d):
    """A convolution without bias whose norm is named below it."""

    def __init__(self, inside: int, out: int, kernel: int, norm: Norm, **more: Any) -> None:
        super().__init__(inside, out, kernel, padding=kernel // 2, bias=False, **more)
        self.norm = norm_layer(norm, out)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve and normalise."""
        return self.norm(super().forward(x))


def draw(network: nn.Module) -> None:
    """Draw the weights of convolutions for layers that are followed by ReLU (He et al. 2015)."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
