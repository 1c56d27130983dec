"""Small training runs of a real method, in real processes."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.methods.training import TrainingSettings
from napari_cellbench.training.plan import Plan

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch isn't installed")
PATIENCE = 240.0
"""Seconds that a small run may take on a busy computer."""


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    """Six pieces of the demo image with their nuclei."""
    folder = tmp_path_factory.mktemp("pairs")
    sample = demo_sample()
    image, truth = np.asarray(sample.image[0]), sample.truth["nucleus"].to_labels()
    for number in range(6):
        y, x = divmod(number, 3)
        part = np.s_[y * 128 : y * 128 + 128, x * 128 : x * 128 + 128]
        tifffile.imwrite(folder / f"{number}_image.tif", image[part])
        tifffile.imwrite(folder / f"{number}_labels.tif", truth[part].astype(np.uint16))
    return folder


@pytest.fixture
def plan(pairs):
    """Return a function that makes the plan of a small run."""

    def make(steps: int = 6, **changes) -> Plan:
        settings = TrainingSettings(steps=steps, batch=1, patch=64, snapshot=3)
        settings = changes.pop("settings", settings)
        given = {"method": "stardist", "train": pairs, "device": "cpu", "settings": settings}
        return Plan(**{**given, **changes})

    return make
