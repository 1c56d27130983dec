"""Weights that follow from their names, as the references were made with."""

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

REFERENCES = Path(__file__).parents[2] / "references" / "mediar"
"""Outputs that MEDIAR's own network gave."""


def seeded(key: str, shape: Sequence[int]) -> np.ndarray:
    """Draw a weight whose random numbers begin with its name."""
    rng, last = np.random.default_rng(zlib.crc32(key.encode())), key.rpartition(".")[2]
    if last == "num_batches_tracked":
        return np.zeros(shape, np.int64)
    if last == "weight" and len(shape) == 1:
        drawn = rng.uniform(0.5, 1.0, shape)
    elif last == "running_var":
        drawn = rng.uniform(0.8, 1.2, shape)
    elif last in ("bias", "running_mean"):
        drawn = rng.normal(0, 0.1, shape)
    else:
        drawn = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
    return drawn.astype(np.float32)


@pytest.fixture(scope="session")
def shapes() -> dict[str, list[int]]:
    """Return the names and shapes of the published weights."""
    return json.loads((REFERENCES / "mediar.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def official() -> dict[str, np.ndarray]:
    with np.load(REFERENCES / "mediar.npz") as found:
        return dict(found)
