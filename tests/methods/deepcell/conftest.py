"""Keras files with weights that follow from their names, as the references were made with."""

import json
import zlib
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np
import pytest

REFERENCES = Path(__file__).parents[2] / "references" / "deepcell"
"""Outputs that DeepCell's own networks gave, recorded with TensorFlow 2.8."""

Shapes = dict[str, list[int]]


def seeded(key: str, shape: Iterable[int]) -> np.ndarray:
    """Draw a weight whose random numbers begin with its name."""
    shape, rng = tuple(shape), np.random.default_rng(zlib.crc32(key.encode()))
    kind = key.split("/")[-1].partition(":")[0]
    if kind == "gamma":
        drawn = rng.uniform(0.5, 1.0, shape)
    elif kind == "moving_variance":
        drawn = rng.uniform(0.8, 1.2, shape)
    elif kind in ("beta", "bias", "moving_mean"):
        drawn = rng.normal(0, 0.1, shape)
    else:
        drawn = rng.normal(0, np.sqrt(1 / np.prod(shape[:-1])), shape)
    return drawn.astype(np.float32)


def write_keras(path: Path, shapes: Shapes, **replaced: np.ndarray) -> Path:
    """Write weights as `model.save_weights` of Keras 2 does: a group a layer, names as bytes."""
    groups: dict[str, list[str]] = {}
    for key in shapes:
        group, _, name = key.partition("/")
        groups.setdefault(group, []).append(name)
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


def shapes_of(name: str) -> dict[str, Shapes]:
    """Return the names and shapes of a method's files, by the file or its kind."""
    return json.loads((REFERENCES / f"{name}.json").read_text())


def one_channel(shapes: Shapes, first: Iterable[str]) -> Shapes:
    """Take one channel off the kernels that see the image."""
    return shapes | {
        key: [*shapes[key][:-2], shapes[key][-2] - 1, shapes[key][-1]] for key in first
    }


@pytest.fixture(scope="session")
def references() -> Path:
    return REFERENCES
