"""Checkpoints of MMDetection 2 and 3, of SegGal, backbones alone, and this package's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import CheckpointError
from ..shared.keys import KeyReport, compare
from ..shared.weights import read_state_dict, write_half
from .architectures import IMAGENET, Architecture
from .framework import swin_converter
from .network import build_network, draw_weights
from .settings import InputSettings

STEMS = (
    "backbone.conv1.weight",
    "backbone.stem.0.weight",
    "backbone.patch_embed.projection.weight",
)
"""First layer of a ResNet and HRNet, of a Res2Net, and of a Swin transformer."""


@dataclass(frozen=True)
class Start:
    """A network to train.

    Attributes
    ----------
    network
        On the CPU.
    settings
        Of its input.
    report
        What of the file didn't fit, and was drawn at random instead; None without a file.
    """

    network: nn.Module
    settings: InputSettings
    report: KeyReport | None = None


def load_checkpoint(
    path: Path, key: str, architecture: Architecture
) -> tuple[nn.Module, InputSettings]:
    """Load a network that predicts cells, on the CPU.

    Parameters
    ----------
    path
        What `save_checkpoint` wrote, or MMDetection (SegGal's checkpoints).
    key, architecture
        Of the method.

    Raises
    ------
    CheckpointError
        If the file is damaged, would run code, or is of another network; the message names
        the weights that don't fit.
    """
    state, metadata = _read(path, key)
    stem = _stem(path, state)
    channels = int(state[stem].shape[1])
    if "input" in metadata:
        settings = InputSettings.from_json(metadata["input"])
    else:
        settings = InputSettings.of_seggal(architecture, channels)
    if len(settings.mean) != channels or not 1 <= channels <= 3:
        raise CheckpointError(f"{path.name} takes {channels} channels, which can't be prepared.")
    network = build_network(architecture, channels, for_cells=settings.for_cells)
    report = compare(state, network.state_dict())
    if not report.fits:
        raise CheckpointError(_refusal(path, report, state))
    network.load_state_dict({name: weight.float() for name, weight in state.items()}, strict=False)
    return network, settings


def load_start(
    path: Path | None, key: str, architecture: Architecture, fresh: InputSettings
) -> Start:
    """Make a network to train, from a checkpoint as far as it fits.

    A checkpoint that `load_checkpoint` would load, with as many channels, keeps its settings. Of
    any other the heads are drawn at random, and a first layer for colour images is averaged where
    the network has other channels.

    Parameters
    ----------
    path
        As in `load_checkpoint`; also MMDetection's checkpoints of COCO and LVIS, and backbones
        alone (ImageNet). None: random weights.
    key, architecture
        Of the method.
    fresh
        Settings for a network that is new to cells.

    Raises
    ------
    CheckpointError
        If nothing of the file's backbone fits.
    """
    channels = len(fresh.mean)
    if path is None:
        network = build_network(architecture, channels, for_cells=fresh.for_cells, norm_eval=False)
        draw_weights(network)
        return Start(network, fresh)
    state, metadata = _read(path, key)
    stem = _stem(path, state)
    is_same = state[stem].shape[1] == channels
    if is_same and "input" in metadata:
        settings = InputSettings.from_json(metadata["input"])
    elif is_same and _knows_cells(state):
        settings = InputSettings.of_seggal(architecture, channels)
    else:
        settings = fresh
        state[stem] = _first_layer(state[stem], architecture, channels)
    network = build_network(architecture, channels, for_cells=settings.for_cells)
    draw_weights(network)
    own = network.state_dict()
    report = compare(state, own)
    fitting = {k: v.float() for k, v in state.items() if k in own and v.shape == own[k].shape}
    if not any(name.startswith("backbone.") and name != stem for name in fitting):
        raise CheckpointError(_refusal(path, report, state))
    network.load_state_dict(fitting, strict=False)
    return Start(network, settings, report)


def save_checkpoint(path: Path, network: nn.Module, key: str, settings: InputSettings) -> None:
    """Write a ``.safetensors`` in half precision with all that `load_checkpoint` needs.

    Raises
    ------
    CheckpointError
        If a weight is not finite.
    """
    write_half(path, network.state_dict(), {"method": key, "input": settings.to_json()})


def rename_mask2former(name: str) -> str:
    """Turn a weight's name of Mask2Former in MMDetection 2 into that in 3; others stay."""
    if name.startswith("panoptic_head.pixel_decoder.encoder."):
        parts = {"attentions.0": "self_attn", "ffns.0": "ffn"}
    elif name.startswith("panoptic_head.transformer_decoder."):
        parts = {"attentions.0": "cross_attn", "attentions.1": "self_attn", "ffns.0": "ffn"}
    else:
        return name
    for old, new in parts.items():
        name = name.replace(f".{old}.", f".{new}.")
    return name


def _read(path: Path, key: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    state, metadata = read_state_dict(path)
    if metadata.get("method", key) != key:
        raise CheckpointError(
            f"{path.name} is a checkpoint of the method {metadata['method']}: choose that."
        )
    if "patch_embed.proj.weight" in state:
        state = dict(swin_converter(state))
    if not any(name.startswith("backbone.") for name in state):
        # The classifier of ImageNet is of no use here.
        heads = ("fc.", "head.", "classifier.", "norm.")
        state = {f"backbone.{k}": v for k, v in state.items() if not k.startswith(heads)}
    return {rename_mask2former(name): weight for name, weight in state.items()}, metadata


def _stem(path: Path, state: Mapping[str, Tensor]) -> str:
    for stem in STEMS:
        if stem in state and state[stem].ndim == 4:
            return stem
    raise CheckpointError(
        f"{path.name} is no checkpoint of MMDetection's: it has no backbone that is known here."
    )


def _knows_cells(state: Mapping[str, Tensor]) -> bool:
    """Tell whether the heads are for one class; backbones alone have no heads."""
    heads = ("fc_cls.weight", "mask_head.conv_cls.weight", "panoptic_head.cls_embed.weight")
    classes = [len(weight) for name, weight in state.items() if name.endswith(heads)]
    # One class, and up to two rows for background and, with seesaw loss, for objectness.
    return bool(classes) and max(classes) <= 3


def _first_layer(weight: Tensor, architecture: Architecture, channels: int) -> Tensor:
    """Fit the first layer of a network for colour images to normalised input of other channels."""
    if weight.shape[1] == 3 and architecture.is_caffe:
        std = torch.tensor(IMAGENET[1])[None, :, None, None]
        weight = weight.flip(1) * std
    if weight.shape[1] == channels:
        return weight
    return weight.mean(1, keepdim=True).repeat(1, channels, 1, 1) * weight.shape[1] / channels


def _refusal(path: Path, report: KeyReport, state: Mapping[str, Tensor]) -> str:
    count = len(report.missing) + len(report.reshaped)
    if not any(not name.startswith("backbone.") for name in state):
        why = "holds a backbone alone, without what finds cells"
    elif not _knows_cells(state):
        why = "was trained on other objects than cells, so that its heads don't fit"
    else:
        why = "is of another network"
    return (
        f"{path.name} {why}: {count} weights would stay random ({report}). Choose a checkpoint of "
        "this method for cells, or start training from this one."
    )
