"""The third winner's file, with weights that follow from their names."""

from pathlib import Path

import pytest

from ...seeded import write_keras
from ..conftest import shapes_of


@pytest.fixture(scope="session")
def keras_file(tmp_path_factory) -> Path:
    return write_keras(
        tmp_path_factory.mktemp("third") / "final.h5", shapes_of("third", "mask_rcnn")
    )
