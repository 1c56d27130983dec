"""Files of the first winner's networks, with weights that follow from their names."""

from pathlib import Path

import pytest
import torch

from ...seeded import seeded, write_keras
from ..conftest import shapes_of

UNETS = ("resnet34_upsample", "dpn")
PYRAMIDS = ("resnet101_2", "densenet169_softmax")


def torch_state(network: str) -> dict[str, torch.Tensor]:
    shapes = shapes_of("first", network)
    return {k: torch.from_numpy(seeded(k, s, keras=False)) for k, s in shapes.items()}


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> dict[str, Path]:
    """By the name of the network; U-Nets as data-parallel training saves a state dict."""
    folder = tmp_path_factory.mktemp("first")
    found = {name: folder / f"{name}.pth" for name in UNETS}
    for name, path in found.items():
        torch.save({f"module.{key}": weight for key, weight in torch_state(name).items()}, path)
    for name in PYRAMIDS:
        found[name] = write_keras(folder / f"{name}.h5", shapes_of("first", name))
    return found
