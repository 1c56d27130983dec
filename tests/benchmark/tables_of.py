"""Tables of evaluations that never ran, for the analyses."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from napari_cellbench.benchmark.folder import DataSetEntry, Header, write_header
from napari_cellbench.benchmark.scored import figures_and_cells
from napari_cellbench.benchmark.store import Store
from napari_cellbench.benchmark.tables import CURVES, IMAGES
from napari_cellbench.data import Instances
from napari_cellbench.data.writers.coco import write as write_coco

METHODS = ("watershed", "stardist <b>")
IOUS = np.linspace(0.5, 0.95, 10)


def row(image: str, method: str, value: float = 0.5, n: int = 20, **more: object) -> dict:
    """A row whose accuracy is `value`, and whose matches fall with IoU from `value` of n cells."""
    tp = np.floor(n * value * (1 - np.arange(10) / 12)).astype(int)
    fp, fn = n - tp, n - tp
    f1 = 2 * tp / (2 * tp + fp + fn)
    names = ("mAP", "AP50", "AP75", "AR50", "AR75", "dsb_score", "pq", "sq", "rq", "mean_iou")
    return {
        "data_set": "d",
        "image": image,
        "target": "nucleus",
        "method": method,
        "state": "done",
        **dict.fromkeys(names, value),
        "error_rate": float((fp[0] + fn[0]) / n),
        "n_truth": n,
        "n_prediction": n,
        "splits": 1,
        "merges": 2,
        **{name: f1.tolist() for name in CURVES},
        "tp": tp.tolist(),
        "fp": fp.tolist(),
        "fn": fn.tolist(),
        "seconds": 1.0,
        **more,
    }


def table(rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Rows as `read_images` gives them."""
    found = list(rows)
    return pl.DataFrame({k: [one.get(k) for one in found] for k in IMAGES}, schema=IMAGES)


def evaluated_folder(tmp_path: Path) -> Path:
    """A folder as of an evaluation: five images of squares, and two methods that shift them."""
    import tifffile

    sets, folder = tmp_path / "set", tmp_path / "results"
    sets.mkdir()
    (folder / "predictions").mkdir(parents=True)
    write_header(folder, Header(data_sets=(DataSetEntry("set", sets),)))
    with Store(folder) as store:
        for i in range(5):
            labels = np.zeros((64, 64), np.uint16)
            for k in range(4):
                labels[4 + 15 * k : 14 + 15 * k, 10:22] = k + 1
            tifffile.imwrite(sets / f"i{i}_image.tif", (labels > 0).astype(np.uint8) * 200)
            tifffile.imwrite(sets / f"i{i}_labels.tif", labels)
            truth = Instances.from_labels(labels)
            for shift, method in enumerate(METHODS, 1):
                found = Instances.from_labels(np.roll(labels, shift + i % 3, axis=1))
                figures, cells = figures_and_cells(truth, found)
                file = f"predictions/i{i} {shift}.json"
                with (folder / file).open("wb") as out:
                    write_coco(out, found, {"image": f"i{i}", "target": "nucleus"})
                row = {
                    "data_set": "set",
                    "image": f"i{i}",
                    "group": "even" if i % 2 == 0 else "odd & last",
                    "target": "nucleus",
                    "method": method,
                    "state": "done",
                    **figures,
                    "seconds": 0.5,
                    "prediction_file": file,
                }
                store.add({"image": row, "cells": cells})
    return folder
