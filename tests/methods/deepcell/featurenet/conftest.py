"""SegGal's two files, with weights that follow from their names."""

from pathlib import Path

import pytest

from ..conftest import one_channel, shapes_of, write_keras

FILES = ("conv_fgbg_model.h5", "conv_edgeseg_model.h5")


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[int, Path]:
    """A folder of two files as they lie in the gallery, by the number of channels."""
    shapes, found = shapes_of("featurenet"), {}
    for channels in (1, 2):
        found[channels] = tmp_path_factory.mktemp(f"featurenet{channels}")
        for file in FILES:
            names = shapes[file]
            if channels == 1:
                first = [k for k, shape in names.items() if shape[:2] == [4, 4] and shape[2] < 32]
                names = one_channel(names, first)
            write_keras(found[channels] / file, names)
    return found
