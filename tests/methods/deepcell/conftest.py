"""Keras files with weights that follow from their names, as the references were made with."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from ..seeded import Shapes, write_keras

__all__ = ["write_keras"]

REFERENCES = Path(__file__).parents[2] / "references" / "deepcell"
"""Outputs that DeepCell's own networks gave, recorded with TensorFlow 2.8."""


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
