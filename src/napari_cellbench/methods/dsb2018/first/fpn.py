"""The first winner's feature pyramids in torch, by the names of its Keras files.

Source: the write-up of [ods.ai] topcoders; Lin et al. 2017, Feature Pyramid Networks, CVPR;
Huang et al. 2017, Densely Connected Convolutional Networks, CVPR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....errors import CheckpointError
from ...deepcell.layers import batch_norm, conv, same_conv
from ..resnet import (
    BLOCKS_101,
    WIDEST,
    FreezableNorms,
    ResNetShape,
    resnet,
    resnet_levels,
    width_of,
)

DENSE_STEM = "conv1/conv.weight"
EPSILON = 1.001e-5
"""Of batch normalisation in DenseNets, and in the aggregation."""
CAFFE_MEAN = (103.939, 116.779, 123.68)
"""Of blue, green and red in 0..255."""
TORCH_MEAN, TORCH_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue in 0..1."""
FIRST, SECOND = "predcition_P{}_1_conv", "prediction_P{}_2_conv"
"""Names of the two convolutions of a level; the first is spelt so in the files."""


@dataclass(frozen=True)
class PyramidShape:
    """How a network is built.

    Attributes
    ----------
    encoder
        "resnet" or "densenet".
    width, blocks
        Channels of the first layer, and blocks of the four stages.
    features
        Channels of the pyramid.
    is_softmax
        Three classes, of which one is right; else body and border, each for itself.
    """

    encoder: str = "resnet"
    width: int = 64
    blocks: tuple[int, ...] = BLOCKS_101
    features: int = 256
    is_softmax: bool = False

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> PyramidShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        features, is_softmax = width_of(state, "P5.weight"), "mask_softmax.weight" in state
        if not 1 <= features <= WIDEST:
            raise CheckpointError(f"This is no network of the first winner's: {features} channels.")
        if DENSE_STEM not in state:
            found = ResNetShape.of(state)
            return cls("resnet", found.width, found.blocks, features, is_softmax)
        blocks = tuple(
            sum(n.startswith(f"conv{s}_block") and n.endswith("_1_conv.weight") for n in state)
            for s in range(2, 6)
        )
        width = width_of(state, DENSE_STEM)
        if not all(blocks) or not 1 <= width <= WIDEST:
            raise CheckpointError(
                f"This is no network of the first winner's: {blocks} blocks, {width} channels."
            )
        return cls("densenet", width, blocks, features, is_softmax)


class PyramidNet(FreezableNorms, nn.ModuleDict):
    """The layers by the names that the files give them.

    Parameters
    ----------
    shape
        How it is built.
    """

    def __init__(self, shape: PyramidShape) -> None:
        self._resnet = ResNetShape(shape.width, shape.blocks, is_matterport=False)
        if shape.encoder == "resnet":
            layers, channels = resnet(self._resnet), self._resnet.channels()
        else:
            layers, channels = _densenet(shape)
        features, half = shape.features, shape.features // 2
        layers["P5"] = conv(channels[4], features)
        for level in (4, 3, 2):
            layers[f"C{level}_reduced"] = conv(channels[level - 1], features)
            layers[f"P{level}"] = same_conv(features, features)
        for level in (5, 4, 3, 2):
            layers[FIRST.format(level)] = same_conv(features, half)
            layers[SECOND.format(level)] = same_conv(half, half)
        layers["aggregation_conv"] = same_conv(4 * half, features)
        layers["aggregation_bn"] = batch_norm(features, EPSILON)
        layers["up4_conv1_conv"] = same_conv(features, half)
        layers["up4_conv2_conv"] = same_conv(half + channels[0], half)
        layers["up5_conv1_conv"] = same_conv(half, half // 2)
        layers["up5_conv2_conv"] = same_conv(half // 2, half // 2)
        self._last = "mask_softmax" if shape.is_softmax else "mask"
        layers[self._last] = conv(half // 2, 3 if shape.is_softmax else 2)
        super().__init__(layers)
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits.

        Parameters
        ----------
        x : (N, 3, Y, X)
            Red, green, blue in 0..1; Y and X multiples of 32.

        Returns
        -------
        (N, 3 or 2, Y, X)
        """
        if self.shape.encoder == "resnet":
            return self.decode(255 * x.flip(1) - x.new_tensor(CAFFE_MEAN)[:, None, None])
        mean, std = (x.new_tensor(of)[:, None, None] for of in (TORCH_MEAN, TORCH_STD))
        return self.decode((x - mean) / std)

    def decode(self, x: Tensor) -> Tensor:
        """Map normalised images to logits."""
        if self.shape.encoder == "resnet":
            levels = resnet_levels(self, x, self._resnet)
        else:
            levels = self._dense_levels(x)
        merged = self["P5"](levels[4])
        answers = [self._answer(5, merged)]
        for level in (4, 3, 2):
            reduced = self[f"C{level}_reduced"](levels[level - 1])
            merged = self[f"P{level}"](reduced + _larger(merged))
            answers.append(self._answer(level, merged))
        x = self["aggregation_conv"](torch.cat(answers, 1))
        x = F.relu(self["aggregation_bn"](x))
        x = F.relu(self["up4_conv1_conv"](_larger(x)))
        x = F.relu(self["up4_conv2_conv"](torch.cat([x, levels[0]], 1)))
        x = F.relu(self["up5_conv2_conv"](F.relu(self["up5_conv1_conv"](_larger(x)))))
        return self[self._last](x)

    def _answer(self, level: int, x: Tensor) -> Tensor:
        for name in (FIRST, SECOND):
            x = F.relu(self[name.format(level)](x))
        return _larger(x, 2 ** (level - 2))

    def _dense_levels(self, x: Tensor) -> list[Tensor]:
        x = F.relu(self["conv1/bn"](self["conv1/conv"](x)))
        levels = [x]
        x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)
        for stage, count in enumerate(self.shape.blocks, 2):
            for number in range(1, count + 1):
                name = f"conv{stage}_block{number}"
                new = self[f"{name}_1_conv"](F.relu(self[f"{name}_0_bn"](x)))
                new = self[f"{name}_2_conv"](F.relu(self[f"{name}_1_bn"](new)))
                x = torch.cat([x, new], 1)
            is_last = stage == 5
            x = F.relu(self["bn" if is_last else f"pool{stage}_bn"](x))
            levels.append(x)
            if not is_last:
                x = F.avg_pool2d(self[f"pool{stage}_conv"](x), 2)
        return levels


def _larger(x: Tensor, factor: int = 2) -> Tensor:
    return F.interpolate(x, scale_factor=factor) if factor > 1 else x


def _densenet(shape: PyramidShape) -> tuple[dict[str, nn.Module], list[int]]:
    """Return the layers, and the channels of C1, C2 and so on."""
    growth = shape.width // 2

    def bare(channels: int, out: int, kernel: int = 1, stride: int = 1) -> nn.Conv2d:
        layer = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)
        nn.init.kaiming_normal_(layer.weight)
        return layer

    layers: dict[str, nn.Module] = {
        "conv1/conv": bare(3, shape.width, 7, 2),
        "conv1/bn": batch_norm(shape.width, EPSILON),
    }
    channels, found = shape.width, [shape.width]
    for stage, count in enumerate(shape.blocks, 2):
        for number in range(1, count + 1):
            name = f"conv{stage}_block{number}"
            layers[f"{name}_0_bn"] = batch_norm(channels, EPSILON)
            layers[f"{name}_1_conv"] = bare(channels, 4 * growth)
            layers[f"{name}_1_bn"] = batch_norm(4 * growth, EPSILON)
            layers[f"{name}_2_conv"] = bare(4 * growth, growth, 3)
            channels += growth
        found.append(channels)
        layers["bn" if stage == 5 else f"pool{stage}_bn"] = batch_norm(channels, EPSILON)
        if stage < 5:
            layers[f"pool{stage}_conv"] = bare(channels, channels // 2)
            channels //= 2
    return layers, found
