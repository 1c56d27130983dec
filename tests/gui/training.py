"""What the tests of the Train panel start from: pairs of real images, and damaged weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from napari_cellbench.checkpoints import get_checkpoint, location
from napari_cellbench.data.samples import demo_sample

LOWER = 4.0
"""By how much the logit of being a cell is lowered: nothing is found, and the rest is as it was."""


def piece(top: int, left: int, height: int = 128, width: int = 128):
    """Return a piece of the demo image, and its nuclei."""
    sample = demo_sample()
    part = np.s_[top : top + height, left : left + width]
    return np.asarray(sample.image[0])[part], sample.truth["nucleus"].to_labels()[part]


def write_pair(folder: Path, name: str, image, labels) -> None:
    """Write a pair of a data set."""
    folder.mkdir(exist_ok=True)
    tifffile.imwrite(folder / f"{name}_image.tif", image)
    tifffile.imwrite(folder / f"{name}_labels.tif", labels.astype(np.uint16))


def damaged_weights(file: Path) -> Path:
    """Write StarDist's bundled weights such that nothing is found."""
    # Not torch's: it would meet napari's drawing in one process.
    from safetensors import safe_open
    from safetensors.numpy import save_file

    good = location(get_checkpoint("stardist-nuclei-fluo", "stardist"))
    with safe_open(str(good), "np") as opened:
        weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        metadata = opened.metadata()
    weights["layers.prob.bias"] = weights["layers.prob.bias"] - np.float16(LOWER)
    save_file(weights, str(file), metadata=metadata)
    return file
