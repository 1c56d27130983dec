"""InstanSeg's network and its own search for cells, from the weights of a published model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from instanseg.utils.loss.instanseg_loss import InstanSeg_Torchscript, ProbabilityNet
from instanseg.utils.models.ChannelInvariantNet import ChannelInvariantNet, _AdaptorNetWrapper
from instanseg.utils.models.InstanSeg_UNet import InstanSeg_UNet
from torch import Tensor, nn

from ...errors import CheckpointError
from ..shared.torchscript import read_torchscript

ADAPTOR = "model.AdaptorNet."
"""Before the layers of a network for any number of channels."""
CLASSIFIER = "pixel_classifier."


def load_network(path: Path) -> tuple[nn.Module, int | None]:
    """Build the module that a model's file holds the weights of, with the package's own code.

    Parameters
    ----------
    path
        ``instanseg.pt`` of a published model.

    Returns
    -------
    module
        As the package exports it, in evaluation mode; its thresholds are those of the file.
    channels
        How many it takes; None for any number.

    Raises
    ------
    CheckpointError
        If the file is damaged, of another method, or of another network than the U-Net.
    """
    weights, numbers = read_torchscript(path)
    layers = {n.removeprefix("fcn."): t for n, t in weights.items() if n.startswith("fcn.")}
    classifier = {
        name.removeprefix(CLASSIFIER): tensor
        for name, tensor in weights.items()
        if name.startswith(CLASSIFIER)
    }
    try:
        network, channels = _network(layers)
        width, features = classifier["fc1.weight"].shape
        head = ProbabilityNet(features, width)
        head.load_state_dict(classifier)
        (network if channels is not None else network.model).pixel_classifier = head
        _fill(network, layers)
        module = InstanSeg_Torchscript(
            network,
            cells_and_nuclei=bool(numbers["cells_and_nuclei"]),
            pixel_size=float(numbers["pixel_size"]),
            n_sigma=int(numbers["n_sigma"]),
            dim_coords=int(numbers["dim_coords"]),
            dim_seeds=int(numbers.get("dim_seeds", 1)),
            backbone_dim_in=channels or 3,
        )
        for name, value in numbers.items():
            if name.startswith("default_"):
                setattr(module, name, value)
        return torch.jit.script(module.eval()), channels
    except (KeyError, ValueError, RuntimeError, IndexError) as error:
        reason = str(error).strip().splitlines()[:1]
        raise CheckpointError(
            f"{path.name} is not one of InstanSeg's U-Nets: choose instanseg.pt of a published "
            f"model. ({type(error).__name__}: {' '.join(reason)})"
        ) from error


def _network(layers: Mapping[str, Tensor]) -> tuple[Any, int | None]:
    """Build the network that the layers' names and shapes tell of."""
    if not any(name.startswith(ADAPTOR) for name in layers):
        network = _unet(layers)
        return network.eval(), int(layers["encoder.0.conv0.0.weight"].shape[1])
    own = {n.removeprefix(ADAPTOR): t for n, t in layers.items() if n.startswith(ADAPTOR)}
    widths = [len(own[f"{name}.conv0.0.weight"]) for name in ("down_2", "down_1", "conv_0")]
    adaptor = ChannelInvariantNet(
        out_channels=len(own["final_conv.0.weight"]),
        layers=widths,
        norm=_norm(own, "conv_0.conv0"),
        aggregation="concat" if "conv_0.reduce_block.0.weight" in own else "sum",
    )
    rest = {n.removeprefix("model."): t for n, t in layers.items() if n not in own}
    return _AdaptorNetWrapper(_unet(rest), adaptornet=adaptor).eval(), None


def _unet(layers: Mapping[str, Tensor]) -> Any:
    def count(form: str) -> int:
        number = 0
        while form.format(number) in layers:
            number += 1
        return number

    widths = [
        len(layers[f"encoder.{i}.conv0.0.weight"])
        for i in range(count("encoder.{}.conv0.0.weight"))
    ]
    block = "decoders.{}.final_block.{}.0.weight"
    outputs = [
        [len(layers[block.format(i, k)]) for k in range(count(block.format(i, "{}")))]
        for i in range(count(block.format("{}", 0)))
    ]
    return InstanSeg_UNet(
        in_channels=layers["encoder.0.conv0.0.weight"].shape[1],
        out_channels=outputs,
        layers=widths[::-1],
        norm=_norm(layers, "encoder.0.conv0"),
    )


def _norm(layers: Mapping[str, Tensor], block: str) -> str | None:
    if f"{block}.1.running_mean" in layers:
        return "BATCH"
    return "INSTANCE" if f"{block}.1.weight" in layers else None


def _fill(network: nn.Module, layers: Mapping[str, Tensor]) -> None:
    own = network.state_dict()
    wanted = {name for name in own if CLASSIFIER not in name and "num_batches" not in name}
    if missing := sorted(wanted - set(layers)):
        raise ValueError(f"{len(missing)} of its weights are missing, such as {missing[0]}")
    network.load_state_dict({n: t for n, t in layers.items() if n in own}, strict=False)
