"""Reads the weights of a Keras StarDist model; of the file only numbers are used, never code."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...checkpoints.content import INFLATION
from ...errors import CheckpointError
from ..shared.weights import opened
from .model_folder import LARGEST_TEXT
from .network import layer_plan
from .settings import StarDistConfig

LARGEST = 2**31
"""Most bytes of weights that are read; StarDist's own models have about 6 MB."""

Layers = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Kernel (y, x, in, out) and bias (out,) by the layer's name, in the order of the file."""


def read_layers(file: Path | IO[bytes]) -> Layers:
    """Read the convolutions of a Keras HDF5 file, weights only or whole model.

    Raises
    ------
    CheckpointError
        If the file is damaged, isn't in Keras' HDF5 layout, or has other layers.
    """
    try:
        with ExitStack() as stack:
            # As an open file: what else the file names, outside of itself, can't be opened so.
            source = stack.enter_context(opened(file)) if isinstance(file, Path) else file
            root = stack.enter_context(h5py.File(source, "r"))
            if "model_weights" in root:
                root = _member(root, "model_weights")
            if "layer_names" not in root.attrs:
                raise CheckpointError(
                    "The file holds no Keras weights in the HDF5 layout with layer names; "
                    "save them with StarDist's own `weights_best.h5`."
                )
            found = {name: _datasets(_member(root, name)) for name in _names(root, "layer_names")}
            if sum(data.nbytes for layer in found.values() for data in layer) > LARGEST:
                raise CheckpointError("The weights file claims to hold more than 2 GiB.")
            read = {name: [data[()] for data in layer] for name, layer in found.items()}
    except CheckpointError:
        raise
    except Exception as error:  # h5py raises whatever a damaged file leads it into
        raise CheckpointError(f"The weights file is damaged: {error}") from error
    layers: Layers = {}
    for name, weights in read.items():
        if not weights:
            continue
        if len(weights) != 2 or any(weight.dtype.kind != "f" for weight in weights):
            raise CheckpointError(f"Layer {name} is no convolution (batch normalisation?).")
        if weights[0].ndim != 4:
            raise CheckpointError(f"Layer {name} is not 2-D: only 2-D StarDist models are read.")
        kernel, bias = (weight.astype(np.float32) for weight in weights)
        layers[name] = kernel, bias
    return layers


def _names(group: Any, attribute: str) -> list[str]:
    described = group.attrs.get_id(attribute)
    n_bytes = math.prod(described.shape) * described.dtype.itemsize
    if len(described.shape) != 1 or n_bytes > LARGEST_TEXT:
        raise CheckpointError(f"The weights file has a list {attribute} that is none.")
    return [n.decode() if isinstance(n, bytes) else str(n) for n in group.attrs[attribute]]


def _datasets(group: Any) -> list[Any]:
    return [_checked(_member(group, name), name) for name in _names(group, "weight_names")]


def _member(group: Any, path: str) -> Any:
    """Return what lies in a group of the file; no link leads there, which could lead anywhere."""
    for name in path.split("/"):
        if not isinstance(group, h5py.Group) or not name:
            raise CheckpointError(f"The weights file has no {path}.")
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise CheckpointError(f"The weights file has a link to elsewhere at {path}.")
        group = group[name]
    return group


def _checked(data: Any, name: str) -> Any:
    """Refuse data that lie elsewhere, or ask for more memory than they take in the file."""
    if not isinstance(data, h5py.Dataset) or data.external or data.is_virtual:
        raise CheckpointError(f"The weights {name} don't lie in the file.")
    if data.dtype.kind != "f" or data.ndim > 5:
        raise CheckpointError(f"The weights {name} are not numbers of a convolution.")
    filters = data.id.get_create_plist()
    known = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
    if any(filters.get_filter(i)[0] not in known for i in range(filters.get_nfilters())):
        raise CheckpointError(f"The weights {name} are packed in a way that isn't read.")
    most = max(LARGEST_TEXT, INFLATION * data.id.get_storage_size())
    chunk = math.prod(data.chunks or ()) * data.dtype.itemsize
    if max(data.nbytes, chunk) > most:
        raise CheckpointError(f"The weights {name} claim {max(data.nbytes, chunk)} bytes.")
    return data


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
