"""MEDIAR's network: a Mix Transformer, a decoder with attention (MA-Net) and two heads.

Source: Lee et al. 2022, MEDIAR, NeurIPS Cell Segmentation Challenge; Fan et al. 2020, MA-Net, IEEE
Access 8. Names are those of the published weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .encoder import HEADS, MixTransformer

MULTIPLE = 32
"""Heights and widths that the network takes must be multiples of this, in pixels."""
SQUEEZE = 16
"""By how much the gates' layers are narrower than the map that they weigh."""


@dataclass(frozen=True)
class MediarShape:
    """Widths of a network; the defaults are the published one's (encoder B5).

    Attributes
    ----------
    widths, depths
        Channels and blocks of the encoder's four maps.
    decoder
        Channels after each of the decoder's five blocks.
    attention
        Channels of the decoder's attention.
    """

    widths: tuple[int, ...] = (64, 128, 320, 512)
    depths: tuple[int, ...] = (3, 6, 40, 3)
    decoder: tuple[int, ...] = (1024, 512, 256, 128, 64)
    attention: int = 256

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> MediarShape:
        """Read the widths off a file's weights.

        Raises
        ------
        ValueError
            If no such network has these weights.
        """
        decoder = tuple(_width(state, f"decoder.blocks.{n}.conv1.0.weight") for n in range(5))
        attention = _width(state, "decoder.center.top_conv.weight")
        return cls.of_encoder(state, cls(decoder=decoder, attention=attention))

    @classmethod
    def of_encoder(cls, state: Mapping[str, Tensor], other: MediarShape) -> MediarShape:
        """Read the widths of the encoder off a file's weights; the rest is that of `other`.

        Raises
        ------
        ValueError
            If no such encoder has these weights.
        """
        stages = range(1, len(HEADS) + 1)
        widths = tuple(_width(state, f"encoder.patch_embed{stage}.proj.weight") for stage in stages)
        if any(width % heads for width, heads in zip(widths, HEADS, strict=True)):
            raise ValueError(f"its encoder has {widths} channels")
        depths = []
        for stage in stages:
            depth = 0
            while f"encoder.block{stage}.{depth}.norm1.weight" in state:
                depth += 1
            depths.append(depth)
        return replace(other, widths=widths, depths=tuple(depths))


class MediarNetwork(nn.Module):
    """Predicts flows and the logit of the cell probability.

    Parameters
    ----------
    shape
        Widths of the layers.
    """

    def __init__(self, shape: MediarShape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or MediarShape()
        self.encoder = MixTransformer(shape.widths, shape.depths)
        self.decoder = _Decoder(shape)
        last = shape.decoder[-1]
        self.cellprob_head = _head(last, 1)
        self.gradflow_head = _head(last, 2)

    def forward(self, image: Tensor) -> Tensor:
        """Map images to flows and cell probability.

        Parameters
        ----------
        image : (N, 3, Y, X) float
            In 0..1; Y and X are multiples of `MULTIPLE`.

        Returns
        -------
        (N, 3, Y, X) float
            Flow along Y and X, each five times the unit vector to the cell's centre, and the logit
            of the cell probability.
        """
        x = self.decoder(self.encoder(image))
        return torch.cat([self.gradflow_head(x), self.cellprob_head(x)], 1)


def _width(state: Mapping[str, Tensor], name: str) -> int:
    """Return the channels that a layer gives out."""
    if name not in state:
        raise ValueError(f"it has no {name}")
    weight = state[name]
    if not weight.ndim or not len(weight):
        raise ValueError(f"its {name} is empty")
    return len(weight)


class _Decoder(nn.Module):
    def __init__(self, shape: MediarShape) -> None:
        super().__init__()
        *skips, deepest = shape.widths
        self.center = _PositionAttention(deepest, shape.attention)
        widths = (deepest, *shape.decoder)
        # Upwards: the encoder has no maps for the last two blocks.
        beside = [*skips[::-1], 0, 0]
        blocks: list[nn.Module] = []
        for n_in, skip, n_out in zip(widths, beside, shape.decoder, strict=False):
            blocks.append(_Fusion(n_in, skip, n_out) if skip else _Up(n_in, n_out))
        self.blocks = nn.ModuleList(blocks)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        *skips, x = maps
        x = self.center(x)
        for block in self.blocks:
            x = block(x, skips.pop()) if isinstance(block, _Fusion) else block(x)
        return x


class _PositionAttention(nn.Module):
    """Weighs every place of a map against every other.

    The softmax is over all pairs of places at once, and its result is reshaped without being
    transposed: so it was trained.
    """

    def __init__(self, channels: int, attention: int) -> None:
        super().__init__()
        self.top_conv = nn.Conv2d(channels, attention, 1)
        self.center_conv = nn.Conv2d(channels, attention, 1)
        self.bottom_conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.out_conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        top, center = self.top_conv(x).flatten(2), self.center_conv(x).flatten(2)
        pairs = center.transpose(1, 2) @ top
        weights = pairs.flatten(1).softmax(1).reshape(pairs.shape)
        found = weights @ self.bottom_conv(x).flatten(2).transpose(1, 2)
        out: Tensor = self.out_conv(x + found.reshape(x.shape))
        return out


class _Up(nn.Module):
    """Twice the size, then two convolutions."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.conv1 = _conv(n_in, n_out, 3)
        self.conv2 = _conv(n_out, n_out, 3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv2(self.conv1(_doubled(x)))
        return out


class _Fusion(nn.Module):
    """Twice the size, weighed channel by channel and joined with the encoder's map."""

    def __init__(self, n_in: int, skip: int, n_out: int) -> None:
        super().__init__()
        self.hl_conv = nn.Sequential(_conv(n_in, n_in, 3), _conv(n_in, skip, 1))
        self.SE_ll, self.SE_hl = _gate(skip), _gate(skip)
        self.conv1 = _conv(2 * skip, n_out, 3)
        self.conv2 = _conv(n_out, n_out, 3)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = _doubled(self.hl_conv(x))
        x = x * (self.SE_hl(x) + self.SE_ll(skip))
        out: Tensor = self.conv2(self.conv1(torch.cat([x, skip], 1)))
        return out


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _conv(n_in: int, n_out: int, kernel: int) -> nn.Sequential:
    conv = nn.Conv2d(n_in, n_out, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(n_out), nn.Mish())


def _gate(channels: int) -> nn.Sequential:
    narrow = max(1, channels // SQUEEZE)
    layers = [nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, narrow, 1), nn.Mish()]
    return nn.Sequential(*layers, nn.Conv2d(narrow, channels, 1), nn.Sigmoid())


def _head(channels: int, n_out: int) -> nn.Sequential:
    narrow = max(1, channels // 2)
    layers = [nn.Conv2d(channels, narrow, 3, padding=1), nn.Mish(), nn.BatchNorm2d(narrow)]
    return nn.Sequential(*layers, nn.Conv2d(narrow, n_out, 3, padding=1))
