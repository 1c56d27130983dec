"""Weights of SegFormer's encoder alone, as they are published, by their names in our network."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

_ORIGINAL = "patch_embed1.proj.weight"
"""In the authors' files the names are ours, without what stands before them."""
_TRANSFORMERS = re.compile(r"^(?:segformer\.)?encoder\.(patch_embeddings|block|layer_norm)\.(\d+)")
"""In files of the library transformers stages are counted from 0."""
_PARTS = {
    "layer_norm_1": "norm1",
    "layer_norm_2": "norm2",
    "attention.self.query": "attn.q",
    "attention.self.sr": "attn.sr",
    "attention.self.layer_norm": "attn.norm",
    "attention.output.dense": "attn.proj",
    "mlp.dense1": "mlp.fc1",
    "mlp.dense2": "mlp.fc2",
    "layer_norm": "norm",
}
_STAGES = {"patch_embeddings": "patch_embed", "block": "block", "layer_norm": "norm"}


def encoder_weights(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the weights of an encoder alone their names in our network; others keep theirs.

    Parameters
    ----------
    state
        Weights of a file.
    """
    if _ORIGINAL in state:
        return {f"encoder.{name}": weight for name, weight in state.items()}
    if not any(_TRANSFORMERS.match(name) for name in state):
        return dict(state)
    found = {}
    for name, weight in state.items():
        start = _TRANSFORMERS.match(name)
        if start is None or ".self.value." in name:
            continue
        rest = name[start.end() :]
        if ".self.key." in name:
            # Ours makes both in one layer.
            values = state.get(name.replace(".self.key.", ".self.value."))
            if values is None or not weight.ndim or values.shape != weight.shape:
                continue
            weight = torch.cat([weight, values])
            rest = rest.replace("attention.self.key", "attn.kv")
        for theirs, ours in _PARTS.items():
            rest = rest.replace(f".{theirs}.", f".{ours}.")
        found[f"encoder.{_STAGES[start[1]]}{int(start[2]) + 1}{rest}"] = weight
    return found
