"""ResNets with the layers' names of Caffe, as two families of Keras networks have them.

Source: He et al. 2016, CVPR; the names of Matterport's Mask R-CNN and of keras-retinanet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import CheckpointError
from ..deepcell.layers import batch_norm

BLOCKS_101, BLOCKS_152 = (3, 4, 23, 3), (3, 8, 36, 3)
"""Blocks of the stages 2 to 5."""
STEM = "conv1.weight"
WIDEST = 1024
"""Channels that a file may ask for: more would fill the memory before it is looked at."""


def width_of(state: Mapping[str, Tensor], name: str) -> int:
    """Return how many channels a layer gives, by its weights; 0 where there are none."""
    return state[name].shape[0] if name in state and state[name].ndim else 0


@dataclass(frozen=True)
class ResNetShape:
    """How a network is built.

    Attributes
    ----------
    width, blocks
        Channels of the first layer, and blocks of the stages 2 to 5.
    is_matterport
        Convolutions have biases, blocks are named by letters, and batch normalisation has an
        epsilon of 1e-3; else there are none, the later blocks of stages 3 and 4 are numbered, and
        it is 1e-5.
    """

    width: int = 64
    blocks: tuple[int, ...] = BLOCKS_101
    is_matterport: bool = True

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> ResNetShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        suffix = "_branch2a.weight"
        blocks = tuple(
            sum(name.startswith(f"res{stage}") and name.endswith(suffix) for name in state)
            for stage in range(2, 6)
        )
        width = width_of(state, STEM)
        if not all(blocks) or not 1 <= width <= WIDEST:
            raise CheckpointError(
                f"This is no such network: its ResNet has {blocks} blocks and {width} channels."
            )
        return cls(width, blocks, "conv1.bias" in state)

    @property
    def epsilon(self) -> float:
        """Of batch normalisation."""
        return 1e-3 if self.is_matterport else 1e-5

    def names(self, stage: int) -> list[str]:
        """Return the names of a stage's blocks: "3a", "3b", ... or "3a", "3b1", ..."""
        count = self.blocks[stage - 2]
        if self.is_matterport or stage not in (3, 4):
            return [f"{stage}{chr(ord('a') + number)}" for number in range(count)]
        return [f"{stage}a", *(f"{stage}b{number}" for number in range(1, count))]

    def channels(self) -> list[int]:
        """Return the channels of C1, C2 and so on."""
        return [self.width, *(4 * self.width * 2**number for number in range(len(self.blocks)))]


def resnet(shape: ResNetShape) -> dict[str, nn.Module]:
    """Return the layers by their names."""

    def conv(channels: int, out: int, kernel: int = 1, stride: int = 1) -> nn.Conv2d:
        padding = kernel // 2
        layer = nn.Conv2d(channels, out, kernel, stride, padding, bias=shape.is_matterport)
        nn.init.kaiming_normal_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
        return layer

    layers: dict[str, nn.Module] = {
        "conv1": conv(3, shape.width, 7, 2),
        "bn_conv1": batch_norm(shape.width, shape.epsilon),
    }
    channels = shape.width
    for stage in range(2, 6):
        inner = shape.width * 2 ** (stage - 2)
        for number, name in enumerate(shape.names(stage)):
            stride = 2 if stage > 2 and not number else 1
            branches = {"2a": (channels, inner, 1, stride), "2b": (inner, inner, 3, 1)}
            branches["2c"] = (inner, 4 * inner, 1, 1)
            if not number:
                branches["1"] = (channels, 4 * inner, 1, stride)
            for branch, numbers in branches.items():
                layers[f"res{name}_branch{branch}"] = conv(*numbers)
                norm = batch_norm(numbers[1], shape.epsilon)
                layers[f"bn{name}_branch{branch}"] = norm
            channels = 4 * inner
    return layers


def resnet_levels(layers: Mapping[str, nn.Module], x: Tensor, shape: ResNetShape) -> list[Tensor]:
    """Run the layers.

    Parameters
    ----------
    layers
        Of `resnet`, among others.
    x : (N, 3, Y, X)
        Y and X multiples of 32.
    shape
        As for `resnet`.

    Returns
    -------
    list of tensors
        C1 (half the size), C2 (a quarter) and so on.
    """
    x = F.relu(layers["bn_conv1"](layers["conv1"](x)))
    levels = [x]
    # Keras pads an even length after the end alone.
    x = F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2)
    for stage in range(2, 6):
        for name in shape.names(stage):
            x = _block(layers, name, x)
        levels.append(x)
    return levels


class FreezableNorms(nn.Module):
    """A network whose batch normalisation may keep what it knows while the rest is trained.

    Attributes
    ----------
    has_frozen_norms
        Whether it does.
    """

    has_frozen_norms = False

    def train(self, mode: bool = True) -> FreezableNorms:
        """Set whether it is trained."""
        super().train(mode)
        if self.has_frozen_norms:
            for layer in self.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.eval()
        return self


def _block(layers: Mapping[str, nn.Module], name: str, x: Tensor) -> Tensor:
    def step(branch: str, y: Tensor) -> Tensor:
        return layers[f"bn{name}_branch{branch}"](layers[f"res{name}_branch{branch}"](y))

    shortcut = step("1", x) if f"res{name}_branch1" in layers else x
    inner = F.relu(step("2b", F.relu(step("2a", x))))
    return F.relu(shortcut + step("2c", inner))
