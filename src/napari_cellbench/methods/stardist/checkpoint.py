"""Loads StarDist checkpoints of every origin, and saves this package's own.

No file is ever unpickled or unpacked to disk, and no code in it is run.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from ...checkpoints.content import HDF5, ZIP
from ...errors import CheckpointError
from ..shared.weights import opened, read_state_dict, write_half
from . import StarDist, keras_weights
from .model_folder import ModelFiles, read_folder, read_zip
from .network import StarDistNet, layer_plan
from .settings import (
    Normalization,
    Search,
    StarDistConfig,
    Thresholds,
    parse_config,
    parse_normalization,
    parse_object,
    parse_search,
    parse_thresholds,
)

Loaded = tuple[StarDistNet, Thresholds, Normalization, Search]

STARDIST = Search()
"""As the official package searches."""


def load_checkpoint(path: Path) -> Loaded:
    """Load a 2-D StarDist model on the CPU, in float32.

    Parameters
    ----------
    path
        One of: an official model's folder or a zip of it; Keras weights in HDF5 (what is missing
        beside them is inferred from the kernels, or takes StarDist's defaults); this package's
        ``.safetensors``. The content decides, not the name.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, of another method or of a kind that isn't supported.
    """
    try:
        if path.is_dir():
            return _from_keras(read_folder(path))
        with opened(path) as file:
            start = file.read(9)
        if start.startswith(HDF5):
            # Whoever picks the weights of a model folder means the model.
            if path.with_name("config.json").exists():
                return _from_keras(read_folder(path.parent, path))
            return _from_keras(ModelFiles(None, None, path))
        if start.startswith(ZIP):
            return _from_keras(read_zip(path))
        if start[8:] == b"{":
            return _from_safetensors(path)
    except OSError as error:
        raise CheckpointError(f"{path.name} can't be read: {error.strerror or error}") from error
    raise CheckpointError(
        f"{path.name} is no StarDist checkpoint: a model folder, a zip of it, Keras weights (.h5) "
        "or .safetensors is expected."
    )


def save_checkpoint(
    path: Path,
    network: StarDistNet,
    thresholds: Thresholds,
    normalization: Normalization,
    search: Search = STARDIST,
) -> None:
    """Write a ``.safetensors`` in half precision with all that `load_checkpoint` needs.

    Raises
    ------
    CheckpointError
        If a weight is not finite.
    """
    metadata = {
        "method": StarDist.key,
        "config": json.dumps(asdict(network.config)),
        "thresholds": json.dumps(asdict(thresholds)),
        "normalization": json.dumps(asdict(normalization)),
        "search": json.dumps(asdict(search)),
    }
    write_half(path, network.state_dict(), metadata)


def _from_keras(files: ModelFiles) -> Loaded:
    layers = keras_weights.read_layers(files.weights)
    if files.config is None:
        config = keras_weights.infer_config(layers)
    else:
        config = parse_config(parse_object(files.config, "config.json"))
    thresholds = Thresholds()
    if files.thresholds is not None:
        thresholds = parse_thresholds(parse_object(files.thresholds, "thresholds.json"))
    # Colours share their percentiles, which keeps the hue; stains have nothing to share.
    normalization = Normalization(joint=config.n_channel_in == 3)
    network = _network(config, keras_weights.to_state_dict(layers, config))
    return network, thresholds, normalization, STARDIST


def _from_safetensors(path: Path) -> Loaded:
    state, metadata = read_state_dict(path)
    if metadata.get("method") != StarDist.key:
        of = f"of the method {metadata['method']}" if "method" in metadata else "of no method"
        raise CheckpointError(f"{path.name} is no StarDist checkpoint but {of}.")
    config, thresholds, normalization, search = (
        parse_object(metadata.get(name, "{}"), f"The entry {name} of {path.name}")
        for name in ("config", "thresholds", "normalization", "search")
    )
    return (
        _network(parse_config(config), {name: weight.float() for name, weight in state.items()}),
        parse_thresholds(thresholds),
        parse_normalization(normalization),
        parse_search(search) if search else STARDIST,
    )


def _network(config: StarDistConfig, state: dict[str, Tensor]) -> StarDistNet:
    """Put weights into a network, once it is sure that they fit."""
    expected: dict[str, tuple[int, ...]] = {}
    for name, n_in, n_out, size in layer_plan(config):
        expected[f"layers.{name}.weight"] = (n_out, n_in, size, size)
        expected[f"layers.{name}.bias"] = (n_out,)
    found = {name: tuple(weight.shape) for name, weight in state.items()}
    if found != expected:
        odd = min(set(found.items()) ^ set(expected.items()))[0]
        raise CheckpointError(
            f"The weights don't fit the model's configuration: {odd} is {found.get(odd)} where "
            f"{expected.get(odd)} is expected."
        )
    if not all(torch.isfinite(weight).all() for weight in state.values()):
        raise CheckpointError("The checkpoint has weights that are not numbers (NaN or infinite).")
    # Without storage of its own the network needs no initial weights: they are assigned.
    with torch.device("meta"):
        network = StarDistNet(config)
    network.load_state_dict(state, assign=True)
    return network.eval()
