"""The backbone VoVNetV2: blocks that look at all their layers at once.

Source: Lee, Park 2020, CenterMask, CVPR.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import Norm, norm_layer, norm_of

V39, V99 = (1, 1, 2, 2), (1, 3, 9, 3)
"""Blocks of the stages."""
LAYERS = 5
"""Convolutions of a block."""
FIRST = "backbone.bottom_up.stem.stem_1"


@dataclass(frozen=True)
class VoVNetShape:
    """How a backbone is built.

    Attributes
    ----------
    blocks
        Of the stages 2 to 5.
    stem
        Channels of the three first convolutions.
    inside, out
        Channels within and after the blocks of each stage.
    norm
        After each convolution.
    """

    blocks: tuple[int, ...] = V39
    stem: tuple[int, ...] = (64, 64, 128)
    inside: tuple[int, ...] = (128, 160, 192, 224)
    out: tuple[int, ...] = (256, 512, 768, 1024)
    norm: Norm = "group"

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> VoVNetShape:
        """Tell the shape from weights.

        Raises
        ------
        KeyError, IndexError
            If they are of another network.
        """
        stages = [f"backbone.bottom_up.stage{stage}.OSA{stage}_" for stage in range(2, 6)]
        return cls(
            tuple(_count(state, stage, ".ese.fc.weight") for stage in stages),
            tuple(len(state[f"{FIRST[:-1]}{i}/conv.weight"]) for i in (1, 2, 3)),
            tuple(len(state[f"{s}1.layers.0.{_last(s)}1_0/conv.weight"]) for s in stages),
            tuple(len(state[f"{s}1.ese.fc.weight"]) for s in stages),
            norm_of(state, f"{FIRST}/norm"),
        )


class VoVNet(nn.Module):
    """The layers by the names of the original; slashes are part of them."""

    def __init__(self, shape: VoVNetShape) -> None:
        super().__init__()
        first, second, inside = shape.stem
        stem = (
            ("stem_1", 3, first, 2),
            ("stem_2", first, second, 1),
            ("stem_3", second, inside, 2),
        )
        self.stem = nn.Sequential(
            OrderedDict(
                layer
                for name, before, out, stride in stem
                for layer in _conv(name, before, out, shape.norm, 3, stride)
            )
        )
        self.stages = []
        for stage in range(4):
            name, layers = f"stage{stage + 2}", OrderedDict[str, nn.Module]()
            if stage:
                layers["Pooling"] = nn.MaxPool2d(3, 2, ceil_mode=True)
            for number in range(shape.blocks[stage]):
                block = f"OSA{stage + 2}_{number + 1}"
                layers[block] = Block(
                    block, inside, shape.inside[stage], shape.out[stage], shape.norm, number > 0
                )
                inside = shape.out[stage]
            self.add_module(name, nn.Sequential(layers))
            self.stages.append(name)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the maps of the stages 3 to 5, with strides of 8, 16 and 32 pixels."""
        x, maps = self.stem(x), []
        for stage in self.stages:
            x = self.get_submodule(stage)(x)
            maps.append(x)
        return maps[1:]


class Block(nn.Module):
    """One-shot aggregation: convolutions in a row, all of which are looked at, and weighted."""

    def __init__(
        self, name: str, before: int, inside: int, out: int, norm: Norm, adds: bool
    ) -> None:
        super().__init__()
        widths = [before] + [inside] * LAYERS
        self.layers = nn.ModuleList(
            nn.Sequential(OrderedDict(_conv(f"{name}_{i}", widths[i], inside, norm, 3)))
            for i in range(LAYERS)
        )
        self.concat = nn.Sequential(OrderedDict(_conv(f"{name}_concat", sum(widths), out, norm, 1)))
        self.ese = SqueezeExcite(out)
        self.adds = adds

    def forward(self, x: Tensor) -> Tensor:
        """Return the features, to which the input is added unless it has other channels."""
        seen = [x]
        for layer in self.layers:
            seen.append(layer(seen[-1]))
        found: Tensor = self.ese(self.concat(torch.cat(seen, 1)))
        return found + x if self.adds else found


class SqueezeExcite(nn.Module):
    """Weights channels by what the whole map shows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted map."""
        weights: Tensor = F.relu6(self.fc(x.mean((2, 3), keepdim=True)) + 3) / 6
        return x * weights


def _conv(
    name: str, before: int, out: int, norm: Norm, kernel: int, stride: int = 1
) -> Iterable[tuple[str, nn.Module]]:
    yield f"{name}/conv", nn.Conv2d(before, out, kernel, stride, kernel // 2, bias=False)
    yield f"{name}/norm", norm_layer(norm, out)
    yield f"{name}/relu", nn.ReLU(inplace=True)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _count(state: Mapping[str, Tensor], start: str, end: str) -> int:
    return sum(name.startswith(start) and name.endswith(end) for name in state)
