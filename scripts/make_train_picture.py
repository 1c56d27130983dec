"""Make docs/images/train.png and train-light.png: the Train widget with a run that is finished.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_train_picture.py

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

SIDE = 128
STEPS = 60
SIZE = (1280, 800)


def collect(folder: Path) -> None:
    """Make a correction set of pieces of the demo image."""
    whole = demo_sample()
    image, truth = np.asarray(whole.image), whole.truth["nucleus"].to_labels()
    made = CorrectionSet(folder)
    for y in range(0, image.shape[1] - SIDE, SIDE):
        for x in range(0, image.shape[2] - SIDE, SIDE):
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


def main() -> None:
    """Train, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=IMAGES)
    asked = parser.parse_args()
    place = Path(os.environ["CELLBENCH_DATA"])
    collect(place / "correction sets" / "nuclei of plate 3")
    run = train(
        place / "training" / "StarDist plate 3", place / "correction sets" / "nuclei of plate 3"
    )
    for theme, ending in (("dark", ""), ("light", "-light")):
        picture(run, theme, asked.output / f"train{ending}.png")
        picture(None, theme, asked.output / f"train-new{ending}.png")
    napari.Viewer.close_all()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as own:
        os.environ["CELLBENCH_CONFIG"] = os.environ["CELLBENCH_DATA"] = own
        main()
