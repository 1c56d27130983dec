"""Automatic SAM with points left out against all points: F1 at IoU 0.5, and seconds.

    python benchmarks/automatic_sam.py --data ../shared/data --images 3

Images of ``val``, cut to 512 x 512 about their middle. "All points" is what segment-anything's own
generator finds (a test holds it to that), by the quick decoder. Seconds are of wall clock, and of
all processors together (cpu), which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np
from clicks import SETS, images

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods import get_method
from napari_cellbench.methods.segment_anything import SegmentAnythingParameters
from napari_cellbench.methods.segment_anything import predictor as module
from napari_cellbench.scoring import score

SIDE = 512


def everywhere(photograph: np.ndarray, _: float) -> np.ndarray:
    """Leave no point out."""
    return np.zeros(photograph.shape[:2], bool)


def cut(array: np.ndarray) -> np.ndarray:
    """Return the middle of the last two axes."""
    starts = [max(0, (side - SIDE) // 2) for side in array.shape[-2:]]
    y, x = starts
    return np.ascontiguousarray(array[..., y : y + SIDE, x : x + SIDE])


def main() -> None:
    """Measure, and print a row an image."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--kinds", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--images", type=int, default=3)
    parser.add_argument("--checkpoint", default="mobile-sam")
    args = parser.parse_args()
    known = get_checkpoint(args.checkpoint, "segment_anything")
    predictor = get_method("segment_anything").load(known.path, "cpu")
    print("| Kind | Size | F1, all | F1, left out | s, all | s, left out | cpu, all | left out |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in args.kinds:
        folder, roles = SETS[kind]
        rows = []
        for image, labels in images(args.data / folder / "val", args.images):
            image, labels = cut(image), cut(labels)
            row = []
            for ground in (everywhere, module.flat_ground):
                wall, cpu = time.perf_counter(), time.process_time()
                with patch.object(module, "flat_ground", ground):
                    found = predictor.predict(
                        image,
                        roles,
                        SegmentAnythingParameters(),
                        ExactStatistics(image),
                        lambda *_: None,
                    )
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                f1 = score(labels, found.to_labels()).to_dict()["f1"][0]
                row.append((f1, wall, cpu))
            rows.append(row)
            show(kind, f"{labels.shape[0]} x {labels.shape[1]}", row)
        show(kind, "mean", np.mean(rows, 0).tolist())


def show(kind: str, size: str, row: list[list[float]]) -> None:
    """Print a row of the table."""
    (f1, wall, cpu), (f1_less, wall_less, cpu_less) = row
    print(
        f"| {kind} | {size} | {f1:.3f} | {f1_less:.3f} | {wall:.1f} | {wall_less:.1f} "
        f"| {cpu:.1f} | {cpu_less:.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
