"""Mesmer's network in torch: PanopticNet of a ResNet-50, a feature pyramid and semantic heads.

Source: Greenwald et al. 2022, Nat. Biotechnol. 40, Methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....errors import CheckpointError
from ..layers import batch_norm, conv, same_conv
from ..resnet import BLOCKS, STEM, blocks_in, level_channels, resnet, resnet_levels

INTERIOR = 1
"""The class of the second head of a pair (edge, interior, background)."""
MULTIPLE = 32
"""Of which the sides of the input must be: the stride of the coarsest level."""
LEVELS = (5, 4, 3)
"""Of the pyramid, from coarse to fine."""
STEPS = 3
"""By which a head enlarges the finest level twofold."""
BEGINNING = 0.1
"""Bias of a new head for distances: its ReLU must not begin where it has no slope."""


@dataclass(frozen=True)
class PanopticShape:
    """How a network is built.

    Attributes
    ----------
    channels
        Of the image.
    heads
        Classes of each head; 1 is a distance.
    width, blocks
        Of the ResNet.
    pyramid, upsample, dense
        Channels of the pyramid, and of the heads' convolutions.
    """

    channels: int = 2
    heads: tuple[int, ...] = (1, 3)
    width: int = 64
    blocks: tuple[int, ...] = BLOCKS
    pyramid: int = 256
    upsample: int = 64
    dense: int = 128

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> PanopticShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        try:
            heads: list[int] = []
            while (name := f"conv_1_semantic_{len(heads)}.weight") in state:
                heads.append(len(state[name]))
            return cls(
                state["conv_channels.weight"].shape[1] - 2,
                tuple(heads),
                len(state[STEM]),
                blocks_in(list(state)),
                len(state["P3.weight"]),
                len(state["conv_0_semantic_upsample_0.weight"]),
                len(state["conv_0_semantic_0.weight"]),
            )
        except (KeyError, IndexError) as error:
            raise CheckpointError(f"This is no network of Mesmer's: it has no {error}.") from error


class PanopticNet(nn.ModuleDict):
    """The layers by the names that DeepCell gives them.

    Parameters
    ----------
    shape
        How it is built.
    """

    def __init__(self, shape: PanopticShape) -> None:
        reduced = level_channels(shape.blocks, shape.width)
        if len(reduced) != max(LEVELS) or not 1 <= shape.channels <= 3 or not shape.heads:
            raise CheckpointError(f"This is no network of Mesmer's: {shape}.")
        layers = {"conv_channels": conv(shape.channels + 2, 3)}
        layers |= resnet(shape.blocks, shape.width)
        for level in LEVELS:
            layers[f"C{level}_reduced"] = conv(reduced[level - 1], shape.pyramid)
        layers["P3"] = same_conv(shape.pyramid, shape.pyramid)
        for head, classes in enumerate(shape.heads):
            seen = shape.pyramid
            for step in range(STEPS):
                layers[f"conv_{step}_semantic_upsample_{head}"] = same_conv(seen, shape.upsample)
                seen = shape.upsample
            layers[f"conv_0_semantic_{head}"] = conv(shape.upsample, shape.dense)
            layers[f"batch_normalization_0_semantic_{head}"] = batch_norm(shape.dense)
            last = layers[f"conv_1_semantic_{head}"] = conv(shape.dense, classes)
            if classes == 1:
                nn.init.constant_(last.bias, BEGINNING)
        super().__init__(layers)
        self.shape = shape

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map prepared images to distances and probabilities.

        Parameters
        ----------
        x : (N, C, Y, X)
            Y and X multiples of 32. Its location is part of the input: what was trained on
            256 x 256 pixels must see as many.

        Returns
        -------
        list of (N, K, Y, X)
            Of each head; K = 1 is a distance, else probabilities.
        """
        x = self["conv_channels"](torch.cat([x, location(x)], 1))
        levels = resnet_levels(self, x, self.shape.blocks)
        merged: Tensor | None = None
        for level in LEVELS:
            reduced = self[f"C{level}_reduced"](levels[level - 1])
            merged = reduced if merged is None else reduced + _twice(merged)
        finest = self["P3"](merged)
        return [self._head(number, finest) for number in range(len(self.shape.heads))]

    def _head(self, number: int, x: Tensor) -> Tensor:
        for step in range(STEPS):
            x = _twice(self[f"conv_{step}_semantic_upsample_{number}"](x))
        x = self[f"conv_0_semantic_{number}"](x)
        x = F.relu(self[f"batch_normalization_0_semantic_{number}"](x))
        x = self[f"conv_1_semantic_{number}"](x).float()
        return F.relu(x) if x.shape[1] == 1 else x.softmax(1)


def location(x: Tensor) -> Tensor:
    """Return where each pixel of (N, C, Y, X) lies, from 0 to 1: (N, 2, Y, X), rows first."""
    height, width = x.shape[2:]
    rows = torch.linspace(0, 1, height, device=x.device, dtype=x.dtype)
    columns = torch.linspace(0, 1, width, device=x.device, dtype=x.dtype)
    return torch.stack(torch.meshgrid(rows, columns, indexing="ij")).expand(len(x), -1, -1, -1)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
