"""Checkpoints of the Cellpose U-Net: those of Cellpose 1-3 and our own."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import CheckpointError
from ..shared.weights import read_state_dict, write_half
from . import Thresholds
from .network import CellposeUNet

KEY = "cellpose_unet"


def load_checkpoint(path: Path) -> tuple[CellposeUNet, Thresholds]:
    """Build the network that a file holds the weights of.

    Parameters
    ----------
    path
        What Cellpose 1-3 saved, or `save_checkpoint`.

    Returns
    -------
    network
        In evaluation mode, float32, on the CPU; its widths are those of the weights.
    thresholds
        Those of our own checkpoints' metadata, else Cellpose's.

    Raises
    ------
    CheckpointError
        If the file is damaged, of another method, would run code, or holds NaN.
    """
    state, metadata = read_state_dict(path)
    _check_method(path, state, metadata)
    network = _network(path, state)
    # A checkpoint from before Cellpose 2 knows no diameters: 30 was all that there was then.
    for name in ("diam_mean", "diam_labels"):
        if name not in state:
            state[name] = torch.tensor([_diameter(path, metadata.get(name, 30.0))])
    state = {
        name: tensor.reshape(-1) if "diam" in name else tensor for name, tensor in state.items()
    }
    try:
        missing = network.load_state_dict(state, strict=False).missing_keys
    except RuntimeError as error:
        raise CheckpointError(
            f"{path.name} has weights of shapes that don't fit Cellpose's U-Net."
        ) from error
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing:
        raise CheckpointError(
            f"{path.name} lacks {len(missing)} of the weights of Cellpose's U-Net ({missing[0]}, "
            "...): it is incomplete or of another architecture."
        )
    return network.float().eval(), _thresholds(path, metadata)


def save_checkpoint(path: Path, network: CellposeUNet, metadata: Mapping[str, str]) -> None:
    """Write a ``.safetensors`` file in half precision; the whole file or none.

    Parameters
    ----------
    path
        The file to write; an older one is replaced.
    network
        Whose weights to save. Counters stay integers.
    metadata
        Texts to keep beside them: "normalization" and "parameters" hold JSON, the latter the
        tuned `Thresholds`. "method" is added.

    Raises
    ------
    CheckpointError
        If a weight is not finite.
    """
    write_half(path, network.state_dict(), {**metadata, "method": KEY})


def _check_method(path: Path, state: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    method = metadata.get("method", KEY)
    if method != KEY:
        raise CheckpointError(f"{path.name} is a checkpoint of the method {method}: choose that.")
    if "W2" in state:
        raise CheckpointError(
            f"{path.name} is a Cellpose-SAM checkpoint: choose the method Cellpose-SAM."
        )
    if "output.2.weight" not in state or "downsample.down.res_down_0.proj.1.weight" not in state:
        raise CheckpointError(
            f"{path.name} is a checkpoint of another method than Cellpose's U-Net."
        )
    if state["output.2.weight"].shape[0] != 3:
        raise CheckpointError(
            f"{path.name} has {state['output.2.weight'].shape[0]} outputs where Cellpose has 3 "
            "(flows and cell probability): is it a denoising or size model?"
        )


def _network(path: Path, state: Mapping[str, Tensor]) -> CellposeUNet:
    """Build the network, once it is sure that its layers are no larger than the weights."""
    try:
        widths = _widths(path, state)
        with torch.device("meta"):
            wanted = sum(weight.numel() for weight in CellposeUNet(widths).state_dict().values())
    except (RuntimeError, ValueError, LookupError, ArithmeticError) as error:
        raise CheckpointError(f"{path.name} has layers that no U-Net has.") from error
    if wanted > 2 * sum(weight.numel() for weight in state.values()):
        raise CheckpointError(f"{path.name} lacks most of the weights of a U-Net of {widths}.")
    return CellposeUNet(widths)


def _diameter(path: Path, value: Any) -> float:
    try:
        diameter = float(value)
    except (TypeError, ValueError, OverflowError):
        diameter = -1.0
    if not 0 < diameter < 1e6:
        raise CheckpointError(f"{path.name} has a diameter that is none.")
    return diameter


def _widths(path: Path, state: Mapping[str, Tensor]) -> tuple[int, ...]:
    """Channels of the input and of each resolution, as the weights have them."""
    widths = [int(state["downsample.down.res_down_0.proj.1.weight"].shape[1])]
    while (name := f"downsample.down.res_down_{len(widths) - 1}.proj.1.weight") in state:
        widths.append(int(state[name].shape[0]))
    return tuple(widths)


def _thresholds(path: Path, metadata: Mapping[str, Any]) -> Thresholds:
    try:
        tuned = json.loads(metadata.get("parameters", "{}"))
        found = Thresholds(**{name: float(value) for name, value in tuned.items()})
        if not math.isfinite(found.flow_threshold + found.cellprob_threshold):
            raise ValueError("they are not finite")
        return found
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"{path.name} has damaged tuned parameters: {error}.") from error
