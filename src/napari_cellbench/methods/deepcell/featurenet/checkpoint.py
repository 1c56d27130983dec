"""Loads FeatureNet: two Keras files in a folder or a zip, or this package's own file."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from ....checkpoints.content import HDF5, ZIP
from ....errors import CheckpointError
from ...shared.filling import built
from ...shared.keras_files import KerasWeights, read_keras
from ...shared.zipped import opened_zip
from ..checkpoint import Content, head_of, read_own
from ..keras import layers_of
from ..settings import InputSettings
from . import FeatureNet
from .network import PLAN, FeatureNetNetwork

PARTS = ("fgbg", "edge")
"""What is in the names of the two files."""
WEIGHTS = (".h5", ".hdf5")
LAYERS = 2 * len(PLAN) + 3
"""Of a block: convolutions with normalisation, then two dense layers with one."""
NORM = ("weight", "bias", "running_mean", "running_var")

State = dict[str, Tensor]


def load_checkpoint(path: Path) -> tuple[FeatureNetNetwork, InputSettings]:
    """Load both networks on the CPU, in float32.

    Parameters
    ----------
    path
        The folder of SegGal's two files, its zip, or one of the files beside the other; or what
        `train` wrote. The content decides, not the name.

    Raises
    ------
    CheckpointError
        If a file is missing, damaged, of another network or of a kind that isn't read.
    """
    content = read(path)
    network = built(lambda: network_for(content.state, path), content.state, path)
    return network, content.settings or InputSettings.of_keras(network.channels)


def read(path: Path) -> Content:
    """Read the weights by their names in our network; see `load_checkpoint`."""
    try:
        if path.is_dir():
            names = sorted(file.name for file in path.iterdir() if file.suffix in WEIGHTS)
            chosen = [path / name for name in _choose(names, path.name)]
            return Content(_merged(read_keras(file) for file in chosen))
        head = head_of(path)
        if head.startswith(ZIP):
            return Content(_from_zip(path))
        if head.startswith(HDF5):
            return Content(_from_file(path))
    except OSError as error:
        raise CheckpointError(f"{path.name} can't be read: {error.strerror or error}") from error
    if head[8:9] == b"{":
        return read_own(path, FeatureNet.key, FeatureNet.title)
    raise CheckpointError(
        f"{path.name} is no checkpoint of FeatureNet: a folder with its two .h5 files, a zip of "
        "it, or .safetensors is expected."
    )


def network_for(state: State, path: Path) -> FeatureNetNetwork:
    """Build the network that weights were made for, by their shapes."""
    try:
        filters, channels = state["foreground.blocks.0.convs.0.weight"].shape[:2]
        dense = len(state["foreground.blocks.0.dense.weight"])
    except (KeyError, ValueError, IndexError) as error:
        raise CheckpointError(f"{path.name} is of another network than FeatureNet.") from error
    has_inner = any(name.startswith("inner.") for name in state)
    return FeatureNetNetwork(channels, filters, dense, has_inner=has_inner)


def _from_zip(path: Path) -> State:
    with opened_zip(path) as archive:
        files = {str(m): m for m in archive.members if m.suffix in WEIGHTS}
        chosen = [files[name] for name in _choose(list(files), path.name)]
        return _merged(read_keras(io.BytesIO(archive.read(member))) for member in chosen)


def _from_file(path: Path) -> State:
    """Read one file, and the other one that lies beside it."""
    first = read_keras(path)
    state = _blocks(first)
    beside = [file.name for file in path.parent.iterdir() if file.suffix in WEIGHTS]
    missing = PARTS[1] if len(state) == 2 else PARTS[0]
    others = [name for name in beside if missing in name and name != path.name]
    if len(others) != 1:
        raise CheckpointError(
            f"FeatureNet is two files, and {path.name} is one: put the other (with “{missing}” in "
            "its name) beside it, and choose the folder."
        )
    return _merged([first, read_keras(path.with_name(others[0]))])


def _choose(names: list[str], where: str) -> list[str]:
    """Choose the two files: by their names, or because there are no others."""
    named = [[name for name in names if part in Path(name).name] for part in PARTS]
    if all(len(found) == 1 for found in named):
        return [found[0] for found in named]
    if len(names) == 2:
        return names
    raise CheckpointError(
        f"{where} holds {len(names)} .h5 files: two are expected, conv_fgbg_model.h5 and "
        "conv_edgeseg_model.h5."
    )


def _merged(files: Iterable[KerasWeights]) -> State:
    """Name the weights of both files; which one is which is told by its number of blocks."""
    by_size = {len(blocks): blocks for blocks in map(_blocks, files)}
    if sorted(by_size) != [2, 4]:
        raise CheckpointError(
            "FeatureNet is two files, one of the foreground and one of the edges: these are not."
        )
    parts = {
        "foreground": by_size[2],
        "inner": by_size[4][:2],
        "edges": by_size[4][2:],
    }
    if all(_same(*pair) for pair in zip(parts["foreground"], parts["inner"], strict=True)):
        # One foreground network is enough, and takes half of the time.
        del parts["inner"]
    return {
        f"{part}.blocks.{number}.{name}": weight
        for part, blocks in parts.items()
        for number, block in enumerate(blocks)
        for name, weight in block.items()
    }


def _same(first: State, second: State) -> bool:
    return all(torch.equal(weight, second[name]) for name, weight in first.items())


def _blocks(weights: KerasWeights) -> list[State]:
    """Cut a file's layers into blocks.

    By their order: the names carry counters of all that Keras had built before.
    """
    layers = list(layers_of(weights).values())
    if not layers or len(layers) % LAYERS:
        raise CheckpointError(
            f"The file holds {len(layers)} layers, and FeatureNet has {LAYERS} in each block."
        )
    names = [name for n in range(len(PLAN)) for name in (f"convs.{n}", f"norms.{n}")]
    names += ["dense", f"norms.{len(PLAN)}", "classify"]
    blocks = []
    for start in range(0, len(layers), LAYERS):
        block: State = {}
        for name, layer in zip(names, layers[start : start + LAYERS], strict=True):
            expected = NORM if name.startswith("norms") else NORM[:2]
            if set(layer) != set(expected):
                raise CheckpointError(
                    "The file's layers come in another order than FeatureNet's: "
                    f"{', '.join(layer)} where {', '.join(expected)} are expected."
                )
            block |= {f"{name}.{of}": weight for of, weight in layer.items()}
        blocks.append(block)
    return blocks
