"""Names and shapes of the winners' files, and what their networks gave with made-up weights."""

import json
from pathlib import Path

import numpy as np
import pytest

REFERENCES = Path(__file__).parents[2] / "references" / "dsb2018"


def shapes_of(winner: str, network: str) -> dict[str, list[int]]:
    """Return the names and shapes of the tensors of a file."""
    return json.loads((REFERENCES / f"{winner}.json").read_text())[network]


def recorded(winner: str) -> dict[str, np.ndarray]:
    """Return what a winner's own code gave."""
    with np.load(REFERENCES / f"{winner}.npz") as found:
        return dict(found)


def same_objects(first: np.ndarray, second: np.ndarray) -> bool:
    """Tell whether two label images are alike but for their numbers."""
    pairs = np.unique(np.stack([first, second]).reshape(2, -1), axis=1)
    return pairs.shape[1] == len(np.unique(first)) == len(np.unique(second))


@pytest.fixture(scope="session")
def references() -> Path:
    return REFERENCES
