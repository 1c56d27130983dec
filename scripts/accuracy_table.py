"""Measure every method that can run with the weights at hand on the validation images.

    python scripts/accuracy_table.py --shared ../shared --output docs/accuracy.md

The figure is the mean over images of TP / (TP + FP + FN), counted by ``stardist.matching``.
Results are kept in a file beside the table, so that an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from cellpose.utils import diameters
from stardist.matching import matching

from export_bundled import images
from napari_cellbench.checkpoints import get_checkpoint, resolve
from napari_cellbench.data import Role
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods import get_method
from napari_cellbench.methods.parameters import build

IOUS = (0.5, 0.7, 0.9)
CYTO = "weights/cellpose_cyto_2020_torch"
Values = Callable[[np.ndarray], dict[str, object]]


@dataclass(frozen=True)
class Entry:
    """One row of the table; `values` gives the parameters from the image's truth.

    `first` is how many images are looked at, where all of them would take hours.
    """

    title: str
    method: str
    checkpoint: str | None
    values: Values
    first: int | None = None


def nothing(truth: np.ndarray) -> dict[str, object]:
    """Leave all parameters at their defaults."""
    return {}


def as_published(truth: np.ndarray) -> dict[str, object]:
    """Look at the image once, and for no centres at its edge, as the StarDist package does."""
    return {"views": 1, "border": 2}


def given_diameter(truth: np.ndarray) -> dict[str, object]:
    """Give Cellpose the median diameter of the true objects, by its own definition."""
    return {"diameter": float(max(diameters(truth)[0], 5.0))}


def estimated_diameter(truth: np.ndarray) -> dict[str, object]:
    """Let the method estimate the diameter."""
    return {"estimate_diameter": True}


def dark_objects(truth: np.ndarray) -> dict[str, object]:
    """Look for objects that are darker than the background."""
    return {"dark_objects": True}


GENERIC = [
    Entry("Cellpose cyto (2020), diameter given", "cellpose_unet", CYTO, given_diameter),
    Entry("Cellpose cyto (2020), diameter estimated", "cellpose_unet", CYTO, estimated_diameter),
    Entry("Cellpose cyto (2020), no diameter", "cellpose_unet", CYTO, nothing),
]
WATERSHED = Entry("Classical watershed, defaults", "watershed", None, nothing)
DARK_WATERSHED = Entry("Classical watershed, dark on bright", "watershed", None, dark_objects)
MOBILE_SAM = Entry("MobileSAM, defaults", "segment_anything", "weights/mobile_sam.pt", nothing, 8)
DATASETS: dict[str, tuple[tuple[Role, ...], list[Entry]]] = {
    "dsb2018_fluo": (
        ("nucleus",),
        [
            Entry("StarDist, bundled", "stardist", "stardist-nuclei-fluo", nothing),
            Entry(
                "StarDist, bundled, one view and border 2",
                "stardist",
                "stardist-nuclei-fluo",
                as_published,
            ),
            *GENERIC,
            WATERSHED,
            MOBILE_SAM,
        ],
    ),
    "dsb2018_histology": (
        ("red", "green", "blue"),
        [
            Entry("StarDist, bundled", "stardist", "stardist-nuclei-histology", nothing),
            Entry(
                "StarDist, bundled, one view and border 2",
                "stardist",
                "stardist-nuclei-histology",
                as_published,
            ),
            *GENERIC,
            DARK_WATERSHED,
            replace(MOBILE_SAM, first=2),
        ],
    ),
    "phase_contrast": (
        ("phase",),
        [
            Entry("Cellpose U-Net, bundled", "cellpose_unet", "cellpose-phase-contrast", nothing),
            *GENERIC,
            DARK_WATERSHED,
            replace(MOBILE_SAM, first=1),
        ],
    ),
}


def measure(entry: Entry, roles: tuple[Role, ...], folder: Path, shared: Path) -> list[float]:
    """Return the mean accuracy at each of `IOUS`."""
    method = get_method(entry.method)
    path = None
    if entry.checkpoint is not None:
        own = entry.checkpoint.startswith("weights/")
        name = str(shared / entry.checkpoint) if own else entry.checkpoint
        path = resolve(get_checkpoint(name, entry.method))
    predictor = method.load(path, "cpu")
    rows = []
    for _, image, truth in islice(images(folder), entry.first):
        parameters = build(method.parameters, entry.values(truth))
        found = predictor.predict(image, roles, parameters, ExactStatistics(image), lambda *_: None)
        scores = matching(truth.astype(np.int32), found.to_labels(), IOUS)
        rows.append([float(score.accuracy) for score in scores])
    return [*np.mean(rows, 0).round(4).tolist(), len(rows)]


def main() -> None:
    """Measure what is missing, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--rows", nargs="*", help="titles to measure; by default all")
    parser.add_argument("--again", action="store_true", help="measure anew what is there")
    args = parser.parse_args()
    kept = args.output.with_suffix(".json")
    results = json.loads(kept.read_text()) if kept.exists() else {}
    for dataset, (roles, entries) in DATASETS.items():
        for entry in entries:
            key = f"{dataset}: {entry.title}"
            wanted = args.rows is None or entry.title in args.rows
            if wanted and (args.again or key not in results):
                folder = args.shared / "data" / dataset / "val"
                results[key] = measure(entry, roles, folder, args.shared)
                kept.write_text(json.dumps(results, indent=2) + "\n")
                args.output.write_text(table(results))
                print(key, results[key], flush=True)
    args.output.write_text(table(results))


def table(results: dict[str, list[float]]) -> str:
    """Return the page with the rows that are measured so far."""
    lines = [
        "# Accuracy",
        "",
        "Mean over the validation images of TP / (TP + FP + FN), which StarDist and Cellpose call",
        "AP, counted by `stardist.matching`. Measured with `scripts/accuracy_table.py`. Snapshot",
        "and thresholds of the bundled checkpoints were chosen on these images, so that other",
        "images of the same kinds will score somewhat lower. Where a row has fewer images than",
        "others, they are the first by name: MobileSAM takes minutes for each on a CPU.",
    ]
    for dataset, (_, entries) in DATASETS.items():
        rows = {entry.title: results.get(f"{dataset}: {entry.title}") for entry in entries}
        heads = " | ".join(f"IoU {iou}" for iou in IOUS)
        lines += ["", f"## {dataset}", "", f"| method | images | {heads} |"]
        lines += ["|---|" + "---|" * (len(IOUS) + 1)]
        for title, row in rows.items():
            if row is not None:
                *figures, count = row
                cells = " | ".join(f"{figure:.3f}" for figure in figures)
                lines.append(f"| {title} | {count} | {cells} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
