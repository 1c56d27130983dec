"""Guests give what their own package gives, in its environment, with the same weights.

Needs the environments: ``make guests`` makes them, and runs this.
"""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.conformance import CHECKS, check_method
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Job
from napari_cellbench.engine.environments import python_of
from napari_cellbench.methods import get_method

OWN = Path(__file__).with_name("own_calls.py")
MADE = os.environ.get("CELLBENCH_GUESTS", "")
"""Cache in which the environments are."""


@pytest.fixture
def python(monkeypatch):
    """Return a function that returns the Python of a guest's environment."""

    def find(key: str) -> Path:
        monkeypatch.setenv("CELLBENCH_CACHE", MADE)
        found = python_of(key) if MADE else None
        if found is None:
            pytest.skip(f"needs the environment of {key}: make guests")
        return found

    return find


@pytest.fixture(scope="module")
def nuclei(shared) -> np.ndarray:
    """A crop of a real image; (1, 180, 180) uint8."""
    image = tifffile.imread(shared / "data/dsb2018_fluo/val/02903040e19d_image.tif")
    return image[None, :180, :180]


def own(python: Path, key: str, weights: Path, image: np.ndarray, folder: Path) -> np.ndarray:
    """Return the labels of the package's own call; small random weights are made if need be."""
    np.save(folder / "image.npy", image)
    asked = [key, weights, folder / "image.npy", folder / "labels.npy"]
    command = [str(python), "-E", str(OWN), *map(str, asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return np.load(folder / "labels.npy")


def ours(engine, python: Path, key: str, weights: Path, image, roles, **parameters) -> np.ndarray:
    job = Job(key, roles, weights, parameters, "cpu", python)
    return engine.run(Source.of(image), job).instances.to_labels()


def same(one: np.ndarray, other: np.ndarray) -> None:
    assert one.max() > 1, "nothing was found to compare"
    np.testing.assert_array_equal(one, other)


@pytest.mark.timeout(900)
def test_cellpose3(python, engine, nuclei, shared, tmp_path):
    weights = shared / "weights" / "cellpose_cyto_2020_torch"
    found = ours(
        engine, python("cellpose3"), "cellpose3", weights, nuclei, ("nucleus",), diameter=25.0
    )
    same(found, own(python("cellpose3"), "cellpose3", weights, nuclei, tmp_path))


@pytest.mark.timeout(900)
def test_cellpose3_keeps_the_contract(python, engine, shared):
    python("cellpose3")
    method, weights = get_method("cellpose3"), shared / "weights" / "cellpose_cyto_2020_torch"
    results = check_method(method, weights, engine=engine)
    assert {result.name for result in results if result.status == "passed"} == set(CHECKS), results


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["single", "both"])
def test_instanseg(python, engine, nuclei, tmp_path, kind):
    weights = tmp_path / f"{kind}.pt"
    image = np.repeat(nuclei, 3, 0) if kind == "single" else np.concatenate([nuclei, 255 - nuclei])
    roles = ("red", "green", "blue") if kind == "single" else ("nucleus", "whole_cell")
    theirs = own(python("instanseg"), "instanseg", weights, image, tmp_path)
    same(ours(engine, python("instanseg"), "instanseg", weights, image, roles), theirs)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("key", ["omnipose", "samcell", "micro_sam"])
def test_of_one_channel(python, engine, nuclei, tmp_path, key):
    weights, image = tmp_path / "weights", np.ascontiguousarray(nuclei[:, :128, :128])
    if key == "samcell":
        weights = weights.with_suffix(".safetensors")
    theirs = own(python(key), key, weights, image, tmp_path)
    # Random flows are of no cell, and their pieces small.
    kept = {"flow_threshold": 0.0, "min_size": 3} if key == "omnipose" else {}
    same(ours(engine, python(key), key, weights, image, ("nucleus",), **kept), theirs)
