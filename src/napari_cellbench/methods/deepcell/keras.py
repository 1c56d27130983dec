"""From the weights of Keras layers to those of torch's: other names, other order of axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import CheckpointError
from ..shared.keras_files import KerasWeights

NAMES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
"""What torch calls the weights of convolutions and of batch normalisation."""

Layer = Mapping[str, Tensor]
"""The weights of a layer by their names in torch."""


def layers_of(weights: KerasWeights) -> dict[tuple[str, str], dict[str, Tensor]]:
    """Gather weights by layer, in the order in which layers first appear.

    Nested models may list what is trained first and the statistics of batch normalisation last.

    Returns
    -------
    dict
        By the group of the file and the layer's own name; the weights by their names in torch.

    Raises
    ------
    CheckpointError
        If there is a weight of another kind of layer.
    """
    found: dict[tuple[str, str], dict[str, Tensor]] = {}
    for group, named in weights.items():
        for path, array in named.items():
            *parents, kind = path.split(":")[0].split("/")
            if kind not in NAMES:
                raise CheckpointError(f"The file has {path}, which no layer of this network has.")
            layer = found.setdefault((group, parents[-1] if parents else group), {})
            layer[NAMES[kind]] = _tensor(array, path)
    return found


def state_of(weights: KerasWeights) -> dict[str, Tensor]:
    """Return weights by "LAYER.NAME", for networks whose layers have fixed names.

    A group of one layer has the layer's name, whatever counters or slashes the weights' names have;
    a nested model has several, which are told by their own.

    Raises
    ------
    CheckpointError
        If there is a weight of another kind of layer.
    """
    layers = layers_of(weights)
    count = Counter(group for group, _ in layers)
    return {
        f"{group if count[group] == 1 else layer}.{name}": weight
        for (group, layer), named in layers.items()
        for name, weight in named.items()
    }


def _tensor(array: NDArray[np.float32], path: str) -> Tensor:
    """Turn (y, x, in, out) into (out, in, y, x), and (in, out) into (out, in, 1, 1)."""
    if array.ndim == 2:
        array = array[None, None]
    if array.ndim == 4:
        array = array.transpose(3, 2, 0, 1)
    elif array.ndim != 1:
        raise CheckpointError(f"The file's {path} is of {array.ndim} dimensions.")
    return torch.from_numpy(np.ascontiguousarray(array))
