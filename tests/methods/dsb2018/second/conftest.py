"""The second winner's file, with weights that follow from their names."""

from pathlib import Path

import pytest

from ...seeded import write_keras
from ..conftest import shapes_of


@pytest.fixture(scope="session")
def keras_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("second") / "weights.hdf5"
    return write_keras(path, shapes_of("second", "unet_rcnn"))
