"""Weights that follow from their names, as the references were made with."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

REFERENCES = Path(__file__).parents[2] / "references" / "detectron2"
"""Outputs that the originals gave."""

Shapes = dict[str, list[int]]


def seeded(key: str, shape: list[int]) -> torch.Tensor:
    """Draw a weight whose random numbers begin with its name."""
    rng, kind = np.random.default_rng(zlib.crc32(key.encode())), key.rpartition(".")[2]
    if kind == "num_batches_tracked":
        return torch.tensor(0)
    if kind == "weight" and len(shape) == 1:
        drawn = rng.uniform(0.5, 1.0, shape)
    elif kind in ("running_var", "scale"):
        drawn = rng.uniform(0.8, 1.2, shape)
    elif kind in ("bias", "running_mean"):
        drawn = rng.normal(0, 0.1, shape)
    else:
        drawn = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
    if key.endswith("fcos_head.bbox_pred.bias"):
        drawn = np.full(shape, 2.0)
    return torch.from_numpy(drawn.astype(np.float32))


def shapes_of(name: str) -> dict[str, Shapes]:
    """Return the names and shapes of a method's files, by their kind."""
    return json.loads((REFERENCES / f"{name}.json").read_text())


def seeded_state(shapes: Shapes) -> dict[str, torch.Tensor]:
    return {key: seeded(key, shape) for key, shape in shapes.items()}


@pytest.fixture(scope="session")
def references() -> Path:
    return REFERENCES
