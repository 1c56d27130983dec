"""SegGal's and the official files, with weights that follow from their names."""

from pathlib import Path

import numpy as np
import pytest

from ..conftest import Shapes, shapes_of, write_keras

DUAL, SINGLE, OFFICIAL = (
    "seggal, two channels, heads [1,3]",
    "seggal, one channel, heads [1,3]: differs from the two-channel file in",
    "official Mesmer layout, two channels, heads [1,3,1,3]: additional keys",
)


def write(path: Path, shapes: Shapes) -> Path:
    """Write weights; a distance of 0.5 everywhere adds to the network's, as in the references."""
    biases = [key for key in shapes if key.endswith("bias:0") and shapes[key] == [1]]
    half = {key: np.full(1, 0.5, np.float32) for key in biases if "conv_1_semantic_0" in key}
    return write_keras(path, shapes, **half)


@pytest.fixture(scope="session")
def dual(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("mesmer") / "mesmer.h5", shapes_of("mesmer")[DUAL])


@pytest.fixture(scope="session")
def official_file(tmp_path_factory) -> Path:
    shapes = shapes_of("mesmer")
    return write(tmp_path_factory.mktemp("four") / "mesmer.h5", shapes[DUAL] | shapes[OFFICIAL])


@pytest.fixture(scope="session")
def single(tmp_path_factory) -> Path:
    shapes = shapes_of("mesmer")
    return write(tmp_path_factory.mktemp("one") / "mesmer.h5", shapes[DUAL] | shapes[SINGLE])
