"""Small networks, and the models that the official package made."""

from pathlib import Path

import numpy as np
import pytest
import torch

from napari_cellbench.methods.stardist.network import StarDistNet
from napari_cellbench.methods.stardist.settings import StarDistConfig


@pytest.fixture
def network() -> StarDistNet:
    """A small network with arbitrary weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = StarDistConfig(unet_n_depth=2, unet_n_filter_base=4, net_conv_after_unet=8)
        network = StarDistNet(config).eval()
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    return network


@pytest.fixture(scope="session")
def references() -> Path:
    """The folder that ``tests/references/make_stardist.py`` writes."""
    return Path(__file__).parents[2] / "references" / "stardist"


@pytest.fixture(scope="session")
def disks() -> np.ndarray:
    """Labels of some round objects, two of which touch; (96, 128) int32."""
    y, x = np.mgrid[:96, :128]
    labels = np.zeros((96, 128), np.int32)
    for label, (cy, cx, radius) in enumerate(
        [(20, 20, 9), (20, 38, 8), (60, 30, 12), (50, 90, 15), (85, 120, 10)], start=1
    ):
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = label
    return labels
