"""The blocks of a dual path network: residual sums and growing concatenations side by side.

Source: Chen et al. 2017, Dual Path Networks, NeurIPS; DPN-92.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-3
"""Of batch normalisation."""
BLOCKS, GROWTHS = (3, 4, 20, 3), (16, 32, 24, 128)
"""Blocks of each stage, and the channels that each block adds."""
GROUPS = 32
WIDENING = 1.5
"""Channels of the first stage's grouped convolutions, beside a quarter of its residual ones."""


class NormReluConv(nn.Module):
    """Batch normalisation and ReLU before a convolution without bias."""

    def __init__(
        self, channels: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels, EPSILON)
        self.conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
        nn.init.kaiming_normal_(self.conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, Y, X) to (N, K, y, x)."""
        return self.conv(F.relu(self.bn(x)))


class NormRelu(nn.Module):
    """Batch normalisation and ReLU, after the last block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels, EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, Y, X) to the same shape."""
        return F.relu(self.bn(x))


class DualPath(nn.Module):
    """A block.

    Parameters
    ----------
    channels
        Of the input, both paths together.
    residual
        Channels of the residual path.
    inner
        Of the grouped convolution.
    growth
        That the other path gains.
    stride
        None: the input's paths go on as they are; else a convolution makes new ones.
    """

    def __init__(
        self, channels: int, residual: int, inner: int, growth: int, stride: int | None
    ) -> None:
        super().__init__()
        self.residual, self.shortcut = residual, f"c1x1_w_s{stride}" if stride else None
        if self.shortcut:
            out = residual + 2 * growth
            self.add_module(self.shortcut, NormReluConv(channels, out, 1, stride or 1))
        self.c1x1_a = NormReluConv(channels, inner)
        self.c3x3_b = NormReluConv(
            inner, inner, 3, stride or 1, GROUPS if inner % GROUPS == 0 else 1
        )
        self.c1x1_c = NormReluConv(inner, residual + growth)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, Y, X), the residual path first, to the same with more channels."""
        kept = getattr(self, self.shortcut)(x) if self.shortcut else x
        new = self.c1x1_c(self.c3x3_b(self.c1x1_a(x)))
        cut = self.residual
        return torch.cat([kept[:, :cut] + new[:, :cut], kept[:, cut:], new[:, cut:]], 1)


def stages(
    width: int, blocks: Sequence[int] = BLOCKS, growths: Sequence[int] = GROWTHS
) -> tuple[list[nn.Module], list[int]]:
    """Build the encoder.

    Parameters
    ----------
    width
        Channels of the first layer.
    blocks, growths
        Of each stage.

    Returns
    -------
    stages : list of modules
        Half the size, a quarter and so on, each on top of the one before.
    channels : list of int
        What each gives.
    """
    stem = nn.Sequential(
        nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width, EPSILON), nn.ReLU()
    )
    made: list[nn.Module] = [stem]
    found, channels = [width], width
    for number, (count, growth) in enumerate(zip(blocks, growths, strict=True)):
        residual = 4 * width * 2**number
        inner = int(WIDENING * width) * 2**number
        layers: list[nn.Module] = [] if number else [nn.MaxPool2d(3, 2, 1)]
        for block in range(count):
            stride = None if block else 2 if number else 1
            layers.append(DualPath(channels, residual, inner, growth, stride))
            channels = residual + 3 * growth if not block else channels + growth
        if number == len(blocks) - 1:
            layers.append(NormRelu(channels))
        made.append(nn.Sequential(*layers))
        found.append(channels)
    return made, found
