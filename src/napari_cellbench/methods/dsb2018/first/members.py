"""A network of the first winner's with the meaning of its answers, and means of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ....errors import CheckpointError
from ..resnet import BLOCKS_101
from .fpn import PyramidNet, PyramidShape
from .unet import UNet, UNetShape

Network = UNet | PyramidNet


@dataclass(frozen=True)
class Answers:
    """What the answers of a network mean.

    Attributes
    ----------
    body, border
        Which answer is which.
    is_softmax
        Whether they exclude each other.
    is_full
        Whether the body has its border in it.
    """

    body: int
    border: int
    is_softmax: bool
    is_full: bool

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return body, border, and cells with their borders, (N, 3, Y, X), of (N, K, Y, X)."""
        found = logits.softmax(1) if self.is_softmax else logits.sigmoid()
        body, border = found[:, self.body], found[:, self.border]
        extended = body if self.is_full else (body + border).clamp(max=1)
        return torch.stack([body, border, extended], 1)


SOFTMAX_UNET, SIGMOID_UNET = Answers(2, 1, True, False), Answers(0, 1, False, True)
SOFTMAX_PYRAMID, SIGMOID_PYRAMID = Answers(0, 1, True, False), Answers(0, 1, False, False)


@dataclass(frozen=True, eq=False)
class Member:
    """One network of the ensemble."""

    network: Network
    answers: Answers

    @property
    def kind(self) -> tuple[object, ...]:
        """What the folds of one network have in common."""
        return type(self.network), self.network.shape, self.answers

    def asked(self, answers: str) -> Member:
        """Return it with the answers that the user asks for: "auto", "softmax" or "sigmoid"."""
        if answers == "auto" or not isinstance(self.network, UNet):
            return self
        return replace(self, answers=SOFTMAX_UNET if answers == "softmax" else SIGMOID_UNET)


def network_for(state: Mapping[str, Tensor]) -> Network:
    """Build the network that weights were made for, with random ones.

    Raises
    ------
    CheckpointError
        If they are of another network.
    """
    if any(name.startswith("bottlenecks.") for name in state):
        return UNet(UNetShape.of(state))
    if "aggregation_conv.weight" in state:
        return PyramidNet(PyramidShape.of(state))
    raise CheckpointError(
        "This is none of the first winner's U-Nets or feature pyramids that are read."
    )


def answers_of(network: Network, *, is_sigmoid: bool) -> Answers:
    """Tell what the answers of a winner's network mean.

    Parameters
    ----------
    network
        Its shape decides, as far as it says.
    is_sigmoid
        Of a U-Net, whose shape doesn't say: whether its answers don't exclude each other.
    """
    if isinstance(network, UNet):
        return SIGMOID_UNET if is_sigmoid else SOFTMAX_UNET
    if network.shape.is_softmax:
        return SOFTMAX_PYRAMID
    # Only the ResNet-101 was trained on cells with their borders.
    is_full = network.shape.encoder == "resnet" and network.shape.blocks == BLOCKS_101
    return replace(SIGMOID_PYRAMID, is_full=is_full)


def merged(members: Sequence[Member], maps: Iterable[Tensor]) -> Tensor:
    """Average the maps of folds, then of networks; the extended map is that of full ones, if any.

    Parameters
    ----------
    members
        The networks.
    maps
        Of each: body, border and extended, (3, Y, X).

    Returns
    -------
    (3, Y, X)
    """
    folds: dict[tuple[object, ...], list[Tensor]] = {}
    full: dict[tuple[object, ...], bool] = {}
    for member, found in zip(members, maps, strict=True):
        folds.setdefault(member.kind, []).append(found)
        full[member.kind] = member.answers.is_full
    means = {kind: torch.stack(of_kind).mean(0) for kind, of_kind in folds.items()}
    mean = torch.stack(list(means.values())).mean(0)
    wide = [found[2] for kind, found in means.items() if full[kind]]
    return torch.cat([mean[:2], torch.stack(wide).mean(0)[None]]) if wide else mean
