"""Make docs/images/train.png, a finished run in the Train panel, and train-light.png, the form.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_train_picture.py [--own DIR]

The run is a real one: StarDist goes on from a bundled checkpoint on pieces of the demo image, for a
minute on a CPU. Runs, sets and settings are of the script's own.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import napari
import numpy as np
from napari.layers import Image

from napari_cellbench.corrections.collection import CorrectionSet
from napari_cellbench.corrections.known_sets import remember_set
from napari_cellbench.data import Instances, Sample
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.methods.training import TrainingSettings
from napari_cellbench.training.launching import launch
from napari_cellbench.training.plan import Plan
from napari_cellbench.training.run import Run
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from napari_cellbench.widgets.train.widget import TrainWidget
from picture_window import IMAGES, open_window, take

SIDE = 85
STEPS = 60
SIZE = (1280, 800)


def collect(folder: Path) -> None:
    """Make a correction set of pieces of the demo image."""
    whole = demo_sample()
    image, truth = np.asarray(whole.image), whole.truth["nucleus"].to_labels()
    made = CorrectionSet(folder)
    for y in range(0, image.shape[1] - SIDE + 1, SIDE):
        for x in range(0, image.shape[2] - SIDE + 1, SIDE):
            part = np.s_[y : y + SIDE, x : x + SIDE]
            labels = Instances.from_labels(truth[part])
            pixels = image[(slice(None), *part)]
            sample = Sample(
                f"well-{y // SIDE}{x // SIDE}", pixels, whole.roles, {"nucleus": labels}
            )
            made.add(sample, "nucleus")
    remember_set(folder)


def train(folder: Path, data: Path) -> Run:
    """Train on the set, from a bundled checkpoint."""
    settings = TrainingSettings(steps=STEPS, batch=2, patch=96, snapshot=10)
    plan = Plan("stardist", data, start="stardist-nuclei-fluo", settings=settings, device="cpu")
    run = Run.create(folder, plan.checked())
    launch(run)
    while run.status().is_under_way:
        time.sleep(0.3)
    return run


def picture(run: Run | None, theme: str, output: Path) -> None:
    """Take the panel: the form, or a run."""
    asked = argparse.Namespace(image=None, crop=None, pixel_size=None, theme=theme)
    viewer: Any = open_window(asked, *SIZE)
    panel = open_panel(viewer, TrainWidget, "Train")
    wait(1500)
    if run is not None:
        panel.tabs.setCurrentWidget(panel.runs)
    image = next(layer for layer in viewer.layers if isinstance(layer, Image))
    viewer.layers.selection.active = image
    wait(2500)
    viewer.reset_view()
    take(viewer, output)


def main(asked: argparse.Namespace, own: Path) -> None:
    """Train, unless that is done, and take the pictures."""
    os.environ["CELLBENCH_CONFIG"] = os.environ["CELLBENCH_DATA"] = str(own)
    data, folder = own / "correction sets" / "nuclei of plate 3", own / "training" / "plate 3"
    if not folder.exists():
        collect(data)
    run = Run.open(folder) if folder.exists() else train(folder, data)
    picture(run, "dark", asked.output / "train.png")
    picture(None, "light", asked.output / "train-light.png")
    napari.Viewer.close_all()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=IMAGES)
    parser.add_argument(
        "--own", type=Path, help="folder to keep the run in, or that has it already"
    )
    asked = parser.parse_args()
    if asked.own is not None:
        main(asked, asked.own.absolute())
    else:
        with tempfile.TemporaryDirectory() as made:
            main(asked, Path(made))
