"""Weights that follow from their names, as references of original networks were made with."""

import zlib
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

Shapes = dict[str, list[int]]


def seeded(key: str, shape: Iterable[int], *, keras: bool = True) -> np.ndarray:
    """Draw a weight whose random numbers begin with its name, of a Keras or of a torch file."""
    shape, rng = tuple(shape), np.random.default_rng(zlib.crc32(key.encode()))
    kind = key.replace(".", "/").split("/")[-1].partition(":")[0]
    if kind == "num_batches_tracked":
        return np.zeros(shape, np.int64)
    if kind == "gamma" or (kind == "weight" and len(shape) == 1):
        drawn = rng.uniform(0.5, 1.0, shape)
    elif kind in ("moving_variance", "running_var"):
        drawn = rng.uniform(0.8, 1.2, shape)
    elif kind in ("beta", "bias", "moving_mean", "running_mean"):
        drawn = rng.normal(0, 0.1, shape)
    elif keras:
        drawn = rng.normal(0, np.sqrt(1 / np.prod(shape[:-1])), shape)
    else:
        drawn = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
    return drawn.astype(np.float32)


def write_keras(path: Path, shapes: Shapes, **replaced: np.ndarray) -> Path:
    """Write weights as `model.save_weights` of Keras 2 does: a group a layer, names as bytes."""
    groups: dict[str, list[str]] = {}
    for key in shapes:
        group = _group(key)
        groups.setdefault(group, []).append(key.removeprefix(f"{group}/"))
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"input_1", *(group.encode() for group in groups)]
        file.attrs["backend"] = b"tensorflow"
        file.create_group("input_1").attrs["weight_names"] = np.array([], "S1")
        for group, names in groups.items():
            made = file.create_group(group)
            made.attrs["weight_names"] = [name.encode() for name in names]
            for name in names:
                key = f"{group}/{name}"
                made[name] = replaced[key] if key in replaced else seeded(key, shapes[key])
    return path


def _group(key: str) -> str:
    """Return the layer of "LAYER/LAYER/weight", which may have slashes, or of "LAYER/..."."""
    parts = key.split("/")[:-1]
    half = len(parts) // 2
    return "/".join(parts[:half] if parts[:half] == parts[half:] else parts[:1])
