"""Choose a trained snapshot and its thresholds on ``val``, and put it into the package.

    python scripts/export_bundled.py stardist-nuclei-fluo --data ../shared/data --run runs/fluo

The figure is the mean over images of TP / (TP + FP + FN), counted by ``stardist.matching``; the
one at IoU 0.5 chooses. What is measured is the file that ships, in half precision, through the
method that loads it.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import torch
from safetensors.torch import load_file
from stardist.matching import matching

from napari_cellbench.data import Role
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods import Predictor, get_method
from napari_cellbench.methods.cellpose_unet.checkpoint import save_checkpoint as save_cellpose
from napari_cellbench.methods.cellpose_unet.network import CellposeUNet
from napari_cellbench.methods.parameters import build
from napari_cellbench.methods.stardist.checkpoint import save_checkpoint as save_stardist
from napari_cellbench.methods.stardist.network import StarDistNet
from napari_cellbench.methods.stardist.settings import (
    Normalization,
    Search,
    StarDistConfig,
    Thresholds,
)
from train_bundled import PHASE_SCALE

BUNDLED = Path(__file__).parents[1] / "src/napari_cellbench/checkpoints/bundled"
IOUS = (0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is saved, tuned and described."""

    method: str
    dataset: str
    roles: tuple[Role, ...]
    grid: dict[str, tuple[float, ...]]
    about: dict[str, Any]


STARDIST_GRID = {
    "views": (2,),
    "border": (0,),
    "prob_threshold": (0.45, 0.5, 0.55),
    "nms_threshold": (0.3, 0.4),
}
RECIPES = {
    "stardist-nuclei-fluo": Recipe(
        "stardist",
        "dsb2018_fluo",
        ("nucleus",),
        STARDIST_GRID,
        {
            "title": "Fluorescent nuclei (bundled)",
            "target": "nucleus",
            "trained_on": "363 fluorescence images of the 2018 Data Science Bowl (BBBC038)",
            "licence": "BSD-3-Clause (weights); CC0-1.0 (images)",
        },
    ),
    "stardist-nuclei-histology": Recipe(
        "stardist",
        "dsb2018_histology",
        ("red", "green", "blue"),
        STARDIST_GRID,
        {
            "title": "Stained tissue nuclei, RGB (bundled)",
            "target": "nucleus",
            "trained_on": "67 histology images of the 2018 Data Science Bowl (BBBC038)",
            "licence": "BSD-3-Clause (weights); CC0-1.0 (images)",
        },
    ),
    "cellpose-phase-contrast": Recipe(
        "cellpose_unet",
        "phase_contrast",
        ("phase",),
        {
            "cellprob_threshold": (-1.0, 0.0, 1.0),
            "flow_threshold": (0.4, 0.8),
        },
        {
            "title": "Phase-contrast cells (bundled)",
            "target": "whole_cell",
            "trained_on": "20 phase-contrast images of T98G and NIH-3T3 cells (Usiigaci)",
            "licence": "BSD-3-Clause (weights); MIT (images)",
        },
    ),
}


def save(recipe: Recipe, snapshot: Path, tuned: dict[str, float], path: Path) -> None:
    """Write a snapshot as a checkpoint of the package."""
    state = load_file(snapshot)
    if recipe.method == "stardist":
        base = state["layers.down_level_0_no_0.weight"].shape[0]
        config = StarDistConfig(len(recipe.roles), unet_n_depth=4, unet_n_filter_base=base)
        network: torch.nn.Module = StarDistNet(config)
        network.load_state_dict(state)
        thresholds = Thresholds(tuned.get("prob_threshold", 0.5), tuned.get("nms_threshold", 0.4))
        search = Search(int(tuned.get("views", 2)), int(tuned.get("border", 0)))
        save_stardist(path, network, thresholds, Normalization(joint=True), search)
    else:
        network = CellposeUNet((2, 32, 64, 128, 192), diam_mean=30, diam_labels=30 / PHASE_SCALE)
        network.load_state_dict(state)
        save_cellpose(path, network, {"parameters": json.dumps(tuned)})


def images(folder: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield name, image (C, Y, X) and labels."""
    for path in sorted(folder.glob("*_image.tif")):
        image = tifffile.imread(path)
        image = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
        labels = tifffile.imread(path.with_name(path.name.replace("_image", "_labels")))
        yield path.name.removesuffix("_image.tif"), np.ascontiguousarray(image), labels


def measure(
    predictor: Predictor[Any], recipe: Recipe, folder: Path, values: dict[str, float]
) -> dict[str, tuple[str, list[float]]]:
    """Return, by image, its size and TP / (TP + FP + FN) at each of `IOUS`."""
    parameters = build(get_method(recipe.method).parameters, values)
    rows = {}
    for name, image, truth in images(folder):
        found = predictor.predict(
            image, recipe.roles, parameters, ExactStatistics(image), lambda *_: None
        )
        scores = matching(truth.astype(np.int32), found.to_labels(), IOUS)
        size = f"{truth.shape[0]} x {truth.shape[1]}"
        rows[name] = size, [float(score.accuracy) for score in scores]
    return rows


def mean(rows: dict[str, tuple[str, list[float]]]) -> list[float]:
    """Average over images."""
    return np.mean([row for _, row in rows.values()], 0).round(4).tolist()


def main() -> None:
    """Choose, tune, save and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", choices=RECIPES)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--last", type=int, default=4, help="snapshots to choose from")
    parser.add_argument("--dry-run", action="store_true", help="only report snapshots")
    args = parser.parse_args()
    recipe = RECIPES[args.checkpoint]
    val = args.data / recipe.dataset / "val"
    method = get_method(recipe.method)
    ranked = []
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / f"{args.checkpoint}.safetensors"
        for snapshot in sorted((args.run / "snapshots").glob("*.safetensors"))[-args.last :]:
            save(recipe, snapshot, {}, file)
            figures = mean(measure(method.load(file, "cpu"), recipe, val, {}))
            print(snapshot.stem, dict(zip(IOUS, figures, strict=True)), flush=True)
            ranked.append((figures, snapshot))
        if args.dry_run:
            return
        snapshot = max(ranked)[1]
        save(recipe, snapshot, {}, file)
        predictor = method.load(file, "cpu")
    best: tuple[list[float], dict[str, float]] = ([], {})
    for choice in itertools.product(*recipe.grid.values()):
        values = dict(zip(recipe.grid, choice, strict=True))
        figures = mean(measure(predictor, recipe, val, values))
        print(values, figures, flush=True)
        best = max(best, (figures, values), key=lambda pair: pair[0])
    BUNDLED.mkdir(exist_ok=True)
    path = BUNDLED / f"{args.checkpoint}.safetensors"
    save(recipe, snapshot, best[1], path)
    describe(args.checkpoint, recipe, path, measure(method.load(path, "cpu"), recipe, val, {}))


def describe(
    key: str, recipe: Recipe, path: Path, rows: dict[str, tuple[str, list[float]]]
) -> None:
    """Record the checkpoint's figures, overall and by image size, in ``bundled.json``."""
    groups: dict[str, list[list[float]]] = defaultdict(list)
    for size, row in rows.values():
        groups[size].append(row)
    by_size = {
        size: {"images": len(group), **_named(np.mean(group, 0).round(4).tolist())}
        for size, group in sorted(groups.items())
    }
    record = {
        "key": key,
        "method": recipe.method,
        **recipe.about,
        "channels": list(recipe.roles),
        "file": path.name,
        "size": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "figures": _named(mean(rows)),
        "figures_by_size": by_size,
    }
    listing = BUNDLED / "bundled.json"
    records = json.loads(listing.read_text()) if listing.exists() else []
    records = [old for old in records if old["key"] != key] + [record]
    part = listing.with_suffix(".part")
    part.write_text(json.dumps(sorted(records, key=lambda r: r["key"]), indent=2) + "\n")
    part.replace(listing)
    print(json.dumps(record, indent=2))


def _named(figures: list[float]) -> dict[str, float]:
    return {f"accuracy@{iou}": figure for iou, figure in zip(IOUS, figures, strict=True)}


if __name__ == "__main__":
    main()
