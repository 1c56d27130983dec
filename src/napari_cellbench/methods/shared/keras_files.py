"""Reads the weights of a Keras model; of the file only numbers are used, never code."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ...checkpoints.content import INFLATION
from ...errors import CheckpointError
from .weights import opened

LARGEST = 2**31
"""Most bytes of weights that are read; the largest known ones have about 200 MB."""
SMALLEST_CLAIM = 2**20
"""Bytes that a list of names, or weights of any packing, may claim."""

KerasWeights = dict[str, dict[str, NDArray[np.float32]]]
"""Weights by their name, by the layer's (or the nested model's), in the order of the file."""


def read_keras(file: Path | IO[bytes]) -> KerasWeights:
    """Read the weights of a Keras HDF5 file, weights only or whole model.

    Parameters
    ----------
    file
        A path, or a file that is open for reading.

    Raises
    ------
    CheckpointError
        If the file is damaged, isn't in the HDF5 layout of Keras 2, or claims too much memory.
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
                    "The file holds no Keras weights in the HDF5 layout with layer names; save "
                    "them with `model.save_weights('weights.h5')` of Keras 2."
                )
            found = {name: _datasets(_member(root, name)) for name in _names(root, "layer_names")}
            size = sum(data.nbytes for layer in found.values() for data in layer.values())
            if size > LARGEST:
                raise CheckpointError("The weights file claims to hold more than 2 GiB.")
            return {
                layer: {name: data[()].astype(np.float32) for name, data in weights.items()}
                for layer, weights in found.items()
                if weights
            }
    except CheckpointError:
        raise
    except Exception as error:  # h5py raises whatever a damaged file leads it into
        raise CheckpointError(f"The weights file is damaged: {error}") from error


def _names(group: Any, attribute: str) -> list[str]:
    described = group.attrs.get_id(attribute)
    n_bytes = math.prod(described.shape) * described.dtype.itemsize
    if len(described.shape) != 1 or n_bytes > SMALLEST_CLAIM:
        raise CheckpointError(f"The weights file has a list {attribute} that is none.")
    return [n.decode() if isinstance(n, bytes) else str(n) for n in group.attrs[attribute]]


def _datasets(group: Any) -> dict[str, Any]:
    return {name: _checked(_member(group, name), name) for name in _names(group, "weight_names")}


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
    most = max(SMALLEST_CLAIM, INFLATION * data.id.get_storage_size())
    chunk = math.prod(data.chunks or ()) * data.dtype.itemsize
    if max(data.nbytes, chunk) > most:
        raise CheckpointError(f"The weights {name} claim {max(data.nbytes, chunk)} bytes.")
    return data
