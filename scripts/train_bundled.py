"""Train one of the checkpoints that the package carries; call it again to resume.

    python scripts/train_bundled.py stardist-nuclei-fluo --data ../shared/data --run runs/fluo

Afterwards ``scripts/export_bundled.py`` chooses the snapshot and the thresholds on ``val``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import tifffile
import torch

from napari_cellbench.methods.cellpose_unet.network import CellposeUNet
from napari_cellbench.methods.cellpose_unet.targets import CellposeTask
from napari_cellbench.methods.shared.augment import Augmentation
from napari_cellbench.methods.shared.fitting import FittingTask, Schedule, fit
from napari_cellbench.methods.stardist.network import StarDistNet
from napari_cellbench.methods.stardist.settings import StarDistConfig
from napari_cellbench.methods.stardist.targets import StarDistTask

PHASE_SCALE = 0.5
"""Phase-contrast images are halved: their cells of about 60 pixels become Cellpose's 30."""


def read(folder: Path, low: float, high: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Read images, each normalised by its own percentiles to (Y, X, C) float32, and labels."""
    images, labels = [], []
    for path in sorted(folder.glob("*_image.tif")):
        image = tifffile.imread(path).astype(np.float32)
        bottom, top = np.percentile(image, (low, high))
        images.append(np.atleast_3d((image - bottom) / max(top - bottom, 1e-6)))
        labels.append(tifffile.imread(path.with_name(path.name.replace("_image", "_labels"))))
    if not images:
        raise SystemExit(f"No *_image.tif in {folder}: give --data the folder of the data sets.")
    return images, labels


def stardist(
    dataset: str, channels: int, base: int
) -> Callable[[Path], tuple[torch.nn.Module, FittingTask]]:
    """Return a function that sets up a StarDist network and its training images."""

    def prepare(data: Path) -> tuple[torch.nn.Module, FittingTask]:
        images, labels = read(data / dataset / "train", 1, 99.8)
        config = StarDistConfig(n_channel_in=channels, unet_n_depth=4, unet_n_filter_base=base)
        return StarDistNet(config), StarDistTask(images, labels, config)

    return prepare


def cellpose_phase(data: Path) -> tuple[torch.nn.Module, FittingTask]:
    """Set up a Cellpose U-Net and the halved phase-contrast images (second channel empty)."""
    images, labels = read(data / "phase_contrast" / "train", 1, 99)
    half = {"fx": PHASE_SCALE, "fy": PHASE_SCALE}
    images = [cv2.resize(a, None, **half, interpolation=cv2.INTER_AREA) for a in images]
    images = [np.stack([a, np.zeros_like(a)], -1) for a in images]
    labels = [cv2.resize(a, None, **half, interpolation=cv2.INTER_NEAREST) for a in labels]
    network = CellposeUNet((2, 32, 64, 128, 192), diam_mean=30, diam_labels=30 / PHASE_SCALE)
    return network, CellposeTask(images, labels, augmentation=Augmentation(noise=0.08))


RECIPES = {
    "stardist-nuclei-fluo": (
        stardist("dsb2018_fluo", 1, 32),
        Schedule((6500, 3500, 6500), restart=0.7),
    ),
    "stardist-nuclei-histology": (
        stardist("dsb2018_histology", 3, 24),
        Schedule((3000, 2000, 1500, 6500), restart=1.0),
    ),
    "cellpose-phase-contrast": (cellpose_phase, Schedule((2600,), learning_rate=1e-3)),
}


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", choices=RECIPES)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    torch.manual_seed(0)
    prepare, schedule = RECIPES[args.checkpoint]
    network, task = prepare(args.data)
    fit(network, task, schedule, args.run, args.device)


if __name__ == "__main__":
    main()
