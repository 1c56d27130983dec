"""Files of RetinaMask, with weights that follow from their names."""

from pathlib import Path

import pytest

from ..conftest import one_channel, shapes_of, write_keras

SQUARE = "two channels, pyramid levels 1-2, 1 ratio"
THREE = "two channels, pyramid levels 1-3, 3 ratios"
FOUR = "one channel, pyramid levels 1-4, 3 ratios"


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> dict[str, Path]:
    """By the letter of the references: two channels and square anchors, one channel and more."""
    shapes, folder = shapes_of("retinamask"), tmp_path_factory.mktemp("retinamask")
    single = one_channel(shapes[THREE], ["tensor_product/tensor_product/kernel:0"])
    return {
        "a": write_keras(folder / "retinamask.h5", shapes[SQUARE]),
        "b": write_keras(folder / "b.h5", single),
    }
