"""Small data sets of disks, whose truth is known by how they are made."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

SIZE = 96
Make = Callable[..., Path]


def disks(seed: int, count: int = 5) -> np.ndarray:
    """Return labels of disks that don't touch."""
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[:SIZE, :SIZE]
    labels = np.zeros((SIZE, SIZE), np.int32)
    places = rng.permutation(9)[:count]
    for i, place in enumerate(places, 1):
        y, x = 16 + 32 * (place // 3), 16 + 32 * (place % 3)
        labels[(ys - y) ** 2 + (xs - x) ** 2 <= rng.integers(8, 12) ** 2] = i
    return labels


def write_pair(folder: Path, name: str, labels: np.ndarray, seed: int = 0) -> None:
    """Write an image of bright objects, and its labels."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 20, labels.shape)
    tifffile.imwrite(folder / f"{name}_image.tif", (noise + 150 * (labels > 0)).astype(np.uint8))
    tifffile.imwrite(folder / f"{name}_labels.tif", labels)


@pytest.fixture
def make(tmp_path) -> Make:
    def made(name: str = "disks", count: int = 4) -> Path:
        folder = tmp_path / name
        for i in range(count):
            write_pair(folder, f"{i:03d}", disks(i), i)
        return folder

    return made
