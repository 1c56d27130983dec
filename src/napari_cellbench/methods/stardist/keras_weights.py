"""Turns the weights of a Keras StarDist model into those of `StarDistNet`."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import CheckpointError
from ..shared.keras_files import read_keras
from .network import layer_plan
from .settings import StarDistConfig

Layers = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Kernel (y, x, in, out) and bias (out,) by the layer's name, in the order of the file."""


def read_layers(file: Path | IO[bytes]) -> Layers:
    """Read the convolutions of a Keras HDF5 file; see `read_keras`.

    Raises
    ------
    CheckpointError
        If the file is damaged, isn't in Keras' HDF5 layout, or has other layers.
    """
    layers: Layers = {}
    for name, named in read_keras(file).items():
        weights = list(named.values())
        if len(weights) != 2:
            raise CheckpointError(f"Layer {name} is no convolution (batch normalisation?).")
        kernel, bias = weights
        if kernel.ndim != 4:
            raise CheckpointError(f"Layer {name} is not 2-D: only 2-D StarDist models are read.")
        layers[name] = kernel, bias
    return layers


def infer_config(layers: Layers) -> StarDistConfig:
    """Tell a network's shape from its kernels; the grid is taken to be square.

    Raises
    ------
    CheckpointError
        If these aren't the layers of a 2-D StarDist model.
    """
    missing = {"down_level_0_no_0", "prob", "dist"} - set(layers)
    if missing:
        raise CheckpointError(f"This is no StarDist model: it has no layer {min(missing)}.")
    if "prob_class" in layers:
        raise CheckpointError("StarDist models with object classes are not supported.")
    depth = len({name.split("_")[2] for name in layers if name.startswith("down_level_")})
    per_depth = sum(name.startswith("down_level_0_no_") for name in layers)
    first = next(iter(_front(layers)), "down_level_0_no_0")
    grid = 2 ** (len(_front(layers)) // per_depth)
    features = layers.get("features")
    return StarDistConfig(
        n_channel_in=layers[first][0].shape[2],
        n_rays=layers["dist"][0].shape[3],
        grid=(grid, grid),
        unet_n_depth=depth,
        unet_n_filter_base=layers["down_level_0_no_0"][0].shape[3],
        unet_n_conv_per_depth=per_depth,
        net_conv_after_unet=0 if features is None else features[0].shape[3],
    )


def _front(layers: Layers) -> list[str]:
    """Name the layers in front of the U-Net: those that Keras named, in the file's order."""
    named = ("down_level_", "middle_", "up_level_", "features", "prob", "dist")
    return [name for name in layers if not name.startswith(named)]


def to_state_dict(layers: Layers, config: StarDistConfig) -> dict[str, Tensor]:
    """Rename and transpose Keras' weights for `StarDistNet`.

    Raises
    ------
    CheckpointError
        If a layer is missing, too many, or of another shape than `config` says.
    """
    plan = layer_plan(config)
    front = [name for name, *_ in plan if name.startswith("pre_")]
    renamed = dict(zip(_front(layers), front, strict=False))
    ours = {renamed.get(name, name): weights for name, weights in layers.items()}
    unknown = set(ours) - {name for name, *_ in plan}
    if unknown:
        raise CheckpointError(f"Layer {min(unknown)} is not part of a 2-D StarDist model.")
    state = {}
    for name, n_in, n_out, size in plan:
        if name not in ours:
            raise CheckpointError(f"The weights of layer {name} are missing.")
        kernel, bias = ours[name]
        if kernel.shape != (size, size, n_in, n_out) or bias.shape != (n_out,):
            raise CheckpointError(
                f"Layer {name} has a kernel of {kernel.shape} where {(size, size, n_in, n_out)} "
                "is expected (y, x, in, out)."
            )
        kernel = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        state[f"layers.{name}.weight"] = torch.from_numpy(kernel)
        state[f"layers.{name}.bias"] = torch.from_numpy(bias)
    return state
