"""RetinaMask in torch: a RetinaNet on a cut ResNet-50, and a head that draws masks in boxes.

Source: Fu, Shvets, Berg 2019, arXiv 1901.03353, as DeepCell builds it for small objects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....errors import CheckpointError
from ..layers import conv, same_conv
from ..resnet import BLOCKS, STEM, blocks_in, level_channels, resnet, resnet_levels
from .sampling import sample

HEAD = 4
"""Convolutions of each head, before its last ones."""
SAMPLES = 14
"""Side of what the mask head sees of a box; its mask has twice as many pixels a side."""
AT_ONCE = 64
"""Boxes whose masks are drawn together."""
RARE = 0.01
"""What a new network expects every anchor's probability to be."""


@dataclass(frozen=True)
class RetinaShape:
    """How a network is built.

    Attributes
    ----------
    channels
        Of the image.
    levels
        Of the pyramid; level l has a stride of 2^l pixels.
    anchors
        At each place of a level.
    width, blocks
        Of the ResNet, which ends with the highest level.
    features
        Channels of the pyramid and of the heads.
    """

    channels: int = 2
    levels: tuple[int, ...] = (1, 2)
    anchors: int = 3
    width: int = 64
    blocks: tuple[int, ...] = BLOCKS[:1]
    features: int = 256

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> RetinaShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        try:
            levels = tuple(level for level in range(1, 6) if f"P{level}.weight" in state)
            return cls(
                state["tensor_product.weight"].shape[1],
                levels,
                len(state["pyramid_classification.weight"]),
                len(state[STEM]),
                blocks_in(list(state)),
                len(state[f"P{levels[0]}.weight"]),
            )
        except (KeyError, IndexError) as error:
            raise CheckpointError(
                f"This is no network of RetinaMask's: it has no {error}."
            ) from error


class RetinaMaskNet(nn.ModuleDict):
    """The layers by the names that DeepCell gives them.

    Parameters
    ----------
    shape
        How it is built.
    """

    def __init__(self, shape: RetinaShape) -> None:
        levels, features = shape.levels, shape.features
        is_row = levels == tuple(range(levels[0], levels[-1] + 1)) if levels else False
        if not is_row or len(shape.blocks) != levels[-1] - 1 or not 1 <= shape.channels <= 3:
            raise CheckpointError(f"This is no network of RetinaMask's: {shape}.")
        reduced = level_channels(shape.blocks, shape.width)
        layers = {"tensor_product": conv(shape.channels, 3)}
        layers |= resnet(shape.blocks, shape.width)
        for level in levels:
            layers[f"C{level}_reduced"] = conv(reduced[level - 1], features)
            layers[f"P{level}"] = same_conv(features, features)
        for name, out in (("regression", 4 * shape.anchors), ("classification", shape.anchors)):
            for number in range(HEAD):
                layers[f"pyramid_{name}_{number}"] = _small(same_conv(features, features))
            layers[f"pyramid_{name}"] = _small(same_conv(features, out))
        for number in range(HEAD):
            layers[f"roi_mask_{number}"] = same_conv(features, features)
        layers["roi_mask_features"] = same_conv(features, features)
        layers["roi_mask"] = conv(features, 1)
        bias = layers["pyramid_classification"].bias
        nn.init.constant_(bias, -math.log((1 - RARE) / RARE))
        super().__init__(layers)
        self.shape = shape

    def pyramid(self, x: Tensor) -> list[Tensor]:
        """Return the maps of the levels, from fine to coarse.

        Parameters
        ----------
        x : (N, C, Y, X)
            Prepared images; Y and X multiples of 2^l, l being the coarsest level.
        """
        centred = x - x.mean((2, 3), keepdim=True)
        x = centred / (centred.square().mean((2, 3), keepdim=True).sqrt() + 1e-7)
        levels = resnet_levels(self, self["tensor_product"](x), self.shape.blocks)
        maps: list[Tensor] = []
        merged: Tensor | None = None
        for level in reversed(self.shape.levels):
            reduced = self[f"C{level}_reduced"](levels[level - 1])
            merged = reduced if merged is None else reduced + F.interpolate(merged, scale_factor=2)
            maps.insert(0, self[f"P{level}"](merged))
        return maps

    def answers(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return what the pyramid says of each anchor.

        Returns
        -------
        offsets : (N, K, 4)
            Of the corners, see `anchors.decoded`.
        logits : (N, K)
            Of being a cell.
        """
        offsets, logits = [], []
        for x in maps:
            offsets.append(self._head("regression", x, 4))
            logits.append(self._head("classification", x, 1)[..., 0])
        return torch.cat(offsets, 1).float(), torch.cat(logits, 1).float()

    def masks(self, finest: Tensor, boxes: Sequence[Tensor]) -> Tensor:
        """Draw masks in boxes.

        Parameters
        ----------
        finest : (N, C, Y, X)
            The finest map. No gradient goes back into it.
        boxes
            Of each image, (K, 4): x1, y1, x2, y2 in pixels of the image.

        Returns
        -------
        (sum of K, 28, 28)
            Logits, image by image.
        """
        stride, drawn = 2 ** self.shape.levels[0], []
        for features, of_image in zip(finest.detach(), boxes, strict=True):
            for some in of_image.detach().split(AT_ONCE):
                x = sample(features, some, SAMPLES, stride)
                for number in range(HEAD):
                    x = F.relu(self[f"roi_mask_{number}"](x))
                x = F.relu(self["roi_mask_features"](F.interpolate(x, scale_factor=2)))
                drawn.append(self["roi_mask"](x)[:, 0].float())
        side = 2 * SAMPLES
        return torch.cat(drawn) if drawn else finest.new_zeros((0, side, side))

    def _head(self, name: str, x: Tensor, numbers: int) -> Tensor:
        for number in range(HEAD):
            x = F.relu(self[f"pyramid_{name}_{number}"](x))
        x = self[f"pyramid_{name}"](x)
        return x.permute(0, 2, 3, 1).reshape(len(x), -1, numbers)


def _small(layer: nn.Conv2d) -> nn.Conv2d:
    """Draw weights as RetinaNet does in its heads."""
    nn.init.normal_(layer.weight, std=0.01)
    return layer
