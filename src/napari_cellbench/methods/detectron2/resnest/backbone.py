"""The backbone ResNeSt: residual blocks whose convolutions attend to one of two splits.

Source: Zhang et al. 2020, ResNeSt: Split-Attention Networks; Zhu et al. 2019, Deformable ConvNets
v2, CVPR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import deform_conv2d

from ..layers import Norm, NormedConv, norm_layer, norm_of

STAGES = (2, 3, 4, 5)
RADIX = 2
"""Splits of a block's convolution."""
REDUCTION, FEWEST = 4, 32
"""Of the channels, where a block decides between its splits."""
PLACES = 9
"""Of a kernel of 3 x 3."""
BOTTOM_UP = "backbone.bottom_up."


@dataclass(frozen=True)
class ResNeStShape:
    """How a backbone is built; by default a ResNeSt-50.

    Attributes
    ----------
    blocks
        Of the stages 2 to 5.
    stem
        Channels of the three first convolutions.
    widths, out
        Channels within and after the blocks of each stage.
    deformable
        Stages whose convolutions look where they like.
    norms
        Of the stem and of each stage.
    """

    blocks: tuple[int, ...] = (3, 4, 6, 3)
    stem: tuple[int, ...] = (32, 32, 64)
    widths: tuple[int, ...] = (64, 128, 256, 512)
    out: tuple[int, ...] = (256, 512, 1024, 2048)
    deformable: tuple[int, ...] = ()
    norms: tuple[Norm, ...] = ("batch",) * 5

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> ResNeStShape:
        """Tell the shape from weights.

        Raises
        ------
        KeyError
            If they are of another network.
        """
        stages = [f"{BOTTOM_UP}res{stage}." for stage in STAGES]
        first = f"{BOTTOM_UP}stem.conv1_"
        return cls(
            tuple(_count(state, stage, ".conv1.weight") for stage in stages),
            tuple(len(state[f"{first}{i}.weight"]) for i in (1, 2, 3)),
            tuple(len(state[f"{stage}0.conv1.weight"]) for stage in stages),
            tuple(len(state[f"{stage}0.conv3.weight"]) for stage in stages),
            tuple(
                number
                for number, stage in zip(STAGES, stages, strict=True)
                if f"{stage}0.conv2_offset.weight" in state
            ),
            (
                norm_of(state, f"{first}1.norm"),
                *(norm_of(state, f"{stage}0.conv1.norm") for stage in stages),
            ),
        )


class ResNeSt(nn.Module):
    """The layers by their names in detectron2's files."""

    def __init__(self, shape: ResNeStShape) -> None:
        super().__init__()
        self.stem = Stem(shape.stem, shape.norms[0])
        inside = shape.stem[-1]
        for number, stage in enumerate(STAGES):
            blocks = []
            for block in range(shape.blocks[number]):
                stride = 2 if stage > STAGES[0] and not block else 1
                width, out = shape.widths[number], shape.out[number]
                is_free = stage in shape.deformable
                blocks.append(Block(inside, width, out, stride, shape.norms[number + 1], is_free))
                inside = out
            self.add_module(f"res{stage}", nn.Sequential(*blocks))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps of the stages, with strides of 4, 8, 16 and 32 pixels."""
        x, maps = self.stem(x), []
        for stage in STAGES:
            x = self.get_submodule(f"res{stage}")(x)
            maps.append(x)
        return maps


class Stem(nn.Module):
    """Three convolutions and a maximum: a quarter of the image's size."""

    def __init__(self, channels: tuple[int, ...], norm: Norm) -> None:
        super().__init__()
        first, second, third = channels
        self.conv1_1 = NormedConv(3, first, 3, norm, stride=2)
        self.conv1_2 = NormedConv(first, second, 3, norm)
        self.conv1_3 = NormedConv(second, third, 3, norm)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of an image."""
        for layer in (self.conv1_1, self.conv1_2, self.conv1_3):
            x = F.relu(layer(x))
        return F.max_pool2d(x, 3, 2, 1)


class Block(nn.Module):
    """A bottleneck around a convolution with split attention."""

    def __init__(
        self, inside: int, width: int, out: int, stride: int, norm: Norm, is_free: bool
    ) -> None:
        super().__init__()
        self.stride = stride
        self.shortcut = NormedConv(inside, out, 1, norm) if inside != out else None
        self.conv1 = NormedConv(inside, width, 1, norm)
        self.conv2_offset = None
        if is_free:
            offset = nn.Conv2d(width, 3 * RADIX * PLACES, 3, padding=1, groups=RADIX)
            self.conv2_offset = offset
        self.conv2 = SplitAttention(width, norm)
        self.conv3 = NormedConv(width, out, 1, norm)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features, at half the size where the stage begins."""
        found = F.relu(self.conv1(x))
        if self.conv2_offset is None:
            found = self.conv2(found)
        else:
            *places, shown = self.conv2_offset(found).chunk(3, 1)
            found = self.conv2(found, torch.cat(places, 1), shown.sigmoid())
        if self.stride > 1:
            found = F.avg_pool2d(found, 3, self.stride, 1)
            x = F.avg_pool2d(x, self.stride, self.stride, ceil_mode=True, count_include_pad=False)
        kept = x if self.shortcut is None else self.shortcut(x)
        return F.relu(self.conv3(found) + kept)


class SplitAttention(nn.Module):
    """A convolution with two answers, between which the whole map decides for each channel."""

    def __init__(self, width: int, norm: Norm) -> None:
        super().__init__()
        between = max(width * RADIX // REDUCTION, FEWEST)
        self.conv = nn.Conv2d(width, width * RADIX, 3, padding=1, groups=RADIX, bias=False)
        self.bn0 = norm_layer(norm, width * RADIX)
        self.fc1 = nn.Conv2d(width, between, 1)
        self.bn1 = norm_layer(norm, between)
        self.fc2 = nn.Conv2d(between, width * RADIX, 1)

    def forward(
        self, x: Tensor, offset: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """Return the features.

        Parameters
        ----------
        x : (N, C, Y, X)
        offset : (N, 36, Y, X)
            Where each place of the kernel looks, dy and dx in pixels, for both halves of the
            channels; None for an ordinary convolution.
        mask : (N, 18, Y, X)
            How much that counts.
        """
        if offset is None:
            x = self.conv(x)
        else:
            x = deform_conv2d(x, offset, self.conv.weight, padding=1, mask=mask)
        splits = F.relu(self.bn0(x)).chunk(RADIX, 1)
        seen = torch.stack(splits).sum(0).mean((2, 3), keepdim=True)
        weights = self.fc2(F.relu(self.bn1(self.fc1(seen))))
        shares = weights.unflatten(1, (RADIX, -1)).softmax(1)
        return sum(shares[:, i] * split for i, split in enumerate(splits))


def _count(state: Mapping[str, Tensor], start: str, end: str) -> int:
    return sum(
        name.startswith(start) and name.removeprefix(start).removesuffix(end).isdigit()
        for name in state
    )
