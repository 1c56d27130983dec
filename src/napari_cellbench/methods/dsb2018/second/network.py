"""The second winner's network in torch, by the names of its Keras file.

Source: the write-up of jacobkie, second place of the Data Science Bowl 2018; Lin et al. 2017,
Feature Pyramid Networks, CVPR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....errors import CheckpointError
from ...deepcell.layers import conv, same_conv
from ..resnet import WIDEST, FreezableNorms, ResNetShape, resnet, resnet_levels, width_of
from .positions import DIRECTIONS

ENLARGED = 4
"""How much larger the network sees an image than it draws its maps."""
MULTIPLE = 64
"""Of which the sides of the enlarged image must be."""
LEVELS = (5, 4, 3, 2)
TRUE = tuple(f"output_{name}_true_conv" for name in DIRECTIONS)
GLOBAL = tuple(f"output_{name}_conv" for name in DIRECTIONS)
LOCAL = tuple(f"output_l{name}_conv" for name in DIRECTIONS)


@dataclass(frozen=True)
class SecondShape:
    """How a network is built: its ResNet, and the channels of its pyramid."""

    resnet: ResNetShape = field(default_factory=ResNetShape)
    features: int = 256

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> SecondShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        shape = ResNetShape.of(state)
        features = width_of(state, "fpn_p2.weight")
        if not 1 <= features <= WIDEST or not shape.is_matterport:
            raise CheckpointError(
                f"This is no network of the second winner's: its pyramid has {features} channels."
            )
        return cls(shape, features)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Maps of images.

    Attributes
    ----------
    mask : (N, Y, X)
        Logits of being in a cell.
    positions : (N, 4, Y, X)
        Global ones, by `DIRECTIONS`, in -1..1; so are the next two.
    local : (N, 4, Y, X)
        Of each pixel's own row.
    first : (N, 4, Y, X)
        Global ones of a branch of their own, from which weights were made in training.
    """

    mask: Tensor
    positions: Tensor
    local: Tensor
    first: Tensor


class SecondNet(FreezableNorms, nn.ModuleDict):
    """The layers by the names that the file gives them.

    Parameters
    ----------
    shape
        How it is built.
    """

    def __init__(self, shape: SecondShape) -> None:
        features, channels = shape.features, shape.resnet.channels()
        layers = resnet(shape.resnet)
        for level in LEVELS:
            layers[f"fpn_c{level}p{level}"] = conv(channels[level - 1], features)
        for name in ("fpn_p2", "fpn_p2_true_conv0", "fpn_p2_pred_conv0"):
            layers[name] = same_conv(features, features)
        for name in ("output_mask", *TRUE, *GLOBAL, *LOCAL):
            layers[name] = _small(conv(features, 1))
        super().__init__(layers)
        self.shape = shape

    def forward(self, x: Tensor) -> Drawn:
        """Map images to maps.

        Parameters
        ----------
        x : (N, 3, Y, X)
            Red, green, blue in 0..1; Y and X multiples of 16.
        """
        larger = F.interpolate(x, scale_factor=ENLARGED, mode="bilinear", align_corners=False)
        return self.draw(255 * larger.flip(1))

    def draw(self, x: Tensor) -> Drawn:
        """Map enlarged images, blue, green, red in 0..255, to maps of a quarter of their size."""
        levels = resnet_levels(self, x, self.shape.resnet)
        merged: Tensor | None = None
        for level in LEVELS:
            reduced = self[f"fpn_c{level}p{level}"](levels[level - 1])
            merged = reduced if merged is None else reduced + F.interpolate(merged, scale_factor=2)
        x = self["fpn_p2"](merged)
        first = F.relu(self["fpn_p2_true_conv0"](x))
        main = F.relu(self["fpn_p2_pred_conv0"](x))

        def drawn(names: tuple[str, ...], of: Tensor) -> Tensor:
            return torch.cat([self[name](of) for name in names], 1).float().tanh()

        mask = self["output_mask"](main)[:, 0].float()
        return Drawn(mask, drawn(GLOBAL, main), drawn(LOCAL, main), drawn(TRUE, first))


def _small(layer: nn.Conv2d) -> nn.Conv2d:
    """Draw weights so that a new network's answers are near 0, where tanh is steep."""
    nn.init.normal_(layer.weight, std=0.01)
    return layer
