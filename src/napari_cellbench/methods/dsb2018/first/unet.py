"""The first winner's U-Nets in torch, by the names of its files.

Source: the write-up of [ods.ai] topcoders; Ronneberger et al. 2015, MICCAI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from ....errors import CheckpointError
from ..resnet import WIDEST, FreezableNorms, width_of
from . import dpn

RESNET34 = (3, 4, 6, 3)
MEAN, SCALE = (124.0, 117.0, 104.0), 0.0167
"""Of red, green and blue in 0..255."""
MULTIPLE = 32
"""Of which the sides of the input must be."""


@dataclass(frozen=True)
class UNetShape:
    """How a network is built.

    Attributes
    ----------
    encoder
        "resnet" or "dpn".
    width, blocks
        Channels of the first layer, and blocks of the four stages.
    classes
        Of the answer.
    """

    encoder: str = "resnet"
    width: int = 64
    blocks: tuple[int, ...] = RESNET34
    classes: int = 3

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> UNetShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        is_dpn = any(name.endswith("c1x1_a.conv.weight") for name in state)
        last = "c1x1_a.conv.weight" if is_dpn else "conv1.weight"
        blocks = tuple(
            sum(name.startswith(f"encoder_stages.{n}.") and name.endswith(last) for name in state)
            for n in range(1, 5)
        )
        width, classes = (
            width_of(state, name) for name in ("encoder_stages.0.0.weight", "final.0.weight")
        )
        if not all(blocks) or classes != cls.classes or not 1 <= width <= WIDEST:
            raise CheckpointError(
                f"This is no network of the first winner's: {blocks} blocks, {width} channels, "
                f"{classes} classes."
            )
        return cls("dpn" if is_dpn else "resnet", width, blocks, classes)


class Enlarged(nn.Module):
    """Twice the size, a convolution and a ReLU."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.layer = nn.Sequential(nn.Upsample(scale_factor=2), _conv(channels, out), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, Y, X) to (N, K, 2 Y, 2 X)."""
        return self.layer(x)


class Joined(nn.Module):
    """Puts what the encoder has seen beside what the decoder has made of the coarser stage."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(_conv(channels, out), nn.ReLU())

    def forward(self, decoded: Tensor, encoded: Tensor) -> Tensor:
        """Map two (N, C, Y, X) to one."""
        return self.seq(torch.cat([decoded, encoded], 1))


class UNet(FreezableNorms):
    """A U-Net on a ResNet-34 or a DPN-92.

    Parameters
    ----------
    shape
        How it is built.
    """

    def __init__(self, shape: UNetShape) -> None:
        super().__init__()
        self.shape = shape
        if shape.encoder == "dpn":
            stages, channels = dpn.stages(shape.width, shape.blocks)
        else:
            stages, channels = _resnet_stages(shape)
        self.bottlenecks = nn.ModuleList(Joined(2 * channels[n], channels[n]) for n in (3, 2, 1, 0))
        self.decoder_stages = nn.ModuleList(
            Enlarged(channels[n + 1], channels[n]) for n in range(4)
        )
        self.last_upsample = Enlarged(channels[0], channels[0])
        self.final = nn.Sequential(_conv(channels[0], shape.classes))
        self.encoder_stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits.

        Parameters
        ----------
        x : (N, 3, Y, X)
            Red, green, blue in 0..1; Y and X multiples of 32.

        Returns
        -------
        (N, 3, Y, X)
        """
        mean = x.new_tensor(MEAN)[:, None, None]
        return self.decode((255 * x - mean) * SCALE)

    def decode(self, x: Tensor) -> Tensor:
        """Map normalised images to logits."""
        seen = []
        for stage in self.encoder_stages:
            x = stage(x)
            seen.append(x)
        for number, join in enumerate(self.bottlenecks):
            x = join(self.decoder_stages[3 - number](x), seen[3 - number])
        return self.final(self.last_upsample(x))


def _conv(channels: int, out: int) -> nn.Conv2d:
    layer = nn.Conv2d(channels, out, 3, padding=1)
    nn.init.kaiming_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _resnet_stages(shape: UNetShape) -> tuple[list[nn.Module], list[int]]:
    width = shape.width
    stem = nn.Sequential(nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU())
    stages: list[nn.Module] = [stem]
    channels = width
    for number, count in enumerate(shape.blocks):
        out = width * 2**number
        first = None
        if number:
            shortcut = nn.Conv2d(channels, out, 1, 2, bias=False)
            first = nn.Sequential(shortcut, nn.BatchNorm2d(out))
        blocks = [BasicBlock(channels, out, 2 if number else 1, first)]
        blocks += [BasicBlock(out, out) for _ in range(count - 1)]
        layer = nn.Sequential(*blocks)
        stages.append(layer if number else nn.Sequential(nn.MaxPool2d(3, 2, 1), layer))
        channels = out
    return stages, [width, *(width * 2**number for number in range(4))]
