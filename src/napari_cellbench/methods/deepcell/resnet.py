"""ResNet-50 as Keras has it: strides on the first convolution of a block, biases everywhere.

Source: He et al. 2016, CVPR, and the layers of ``keras.applications.resnet``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from .layers import batch_norm, conv, same_conv

BLOCKS = (3, 4, 6, 3)
"""Blocks of the stages conv2 to conv5."""
EPSILON = 1.001e-5
"""Of its batch normalisation."""
STEM = "conv1_conv.weight"


def resnet(blocks: Sequence[int] = BLOCKS, width: int = 64) -> dict[str, nn.Module]:
    """Return the layers by the names that Keras gives them.

    Parameters
    ----------
    blocks
        Of each stage from conv2 on; as many stages as are used.
    width
        Channels of the first layer.
    """
    layers: dict[str, nn.Module] = {
        "conv1_conv": conv(3, width, 7, 2),
        "conv1_bn": batch_norm(width, EPSILON),
    }
    channels = width
    for stage, count in enumerate(blocks, 2):
        inner = width * 2 ** (stage - 2)
        for block in range(1, count + 1):
            name = f"conv{stage}_block{block}"
            stride = 2 if stage > 2 and block == 1 else 1
            if block == 1:
                layers[f"{name}_0_conv"] = conv(channels, 4 * inner, 1, stride)
                layers[f"{name}_0_bn"] = batch_norm(4 * inner, EPSILON)
            layers[f"{name}_1_conv"] = conv(channels, inner, 1, stride)
            layers[f"{name}_2_conv"] = same_conv(inner, inner)
            layers[f"{name}_3_conv"] = conv(inner, 4 * inner)
            for number, out in ((1, inner), (2, inner), (3, 4 * inner)):
                layers[f"{name}_{number}_bn"] = batch_norm(out, EPSILON)
            channels = 4 * inner
    return layers


def level_channels(blocks: Sequence[int], width: int) -> list[int]:
    """Return the channels of C1, C2 and so on."""
    return [width, *(4 * width * 2**number for number in range(len(blocks)))]


def resnet_levels(
    layers: Mapping[str, nn.Module], x: Tensor, blocks: Sequence[int]
) -> list[Tensor]:
    """Run the layers.

    Parameters
    ----------
    layers
        Of `resnet`, among others.
    x : (N, 3, Y, X)
    blocks
        As for `resnet`.

    Returns
    -------
    list of tensors
        C1 (half the size), C2 (a quarter) and so on.
    """
    x = F.relu(layers["conv1_bn"](layers["conv1_conv"](F.pad(x, (3, 3, 3, 3)))))
    levels = [x]
    x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)
    for stage, count in enumerate(blocks, 2):
        for block in range(1, count + 1):
            x = _block(layers, f"conv{stage}_block{block}", x)
        levels.append(x)
    return levels


def blocks_in(names: Sequence[str]) -> tuple[int, ...]:
    """Tell from the names of layers how many blocks each stage has."""
    found: list[int] = []
    while any(name.startswith(f"conv{len(found) + 2}_block1_") for name in names):
        stage, count = len(found) + 2, 1
        while any(name.startswith(f"conv{stage}_block{count + 1}_") for name in names):
            count += 1
        found.append(count)
    return tuple(found)


def _block(layers: Mapping[str, nn.Module], name: str, x: Tensor) -> Tensor:
    def step(number: int, y: Tensor) -> Tensor:
        return layers[f"{name}_{number}_bn"](layers[f"{name}_{number}_conv"](y))

    shortcut = step(0, x) if f"{name}_0_conv" in layers else x
    inner = F.relu(step(2, F.relu(step(1, x))))
    return F.relu(shortcut + step(3, inner))
