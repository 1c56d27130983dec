"""Tables of evaluations that never ran, for the analyses."""

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from napari_cellbench.benchmark.tables import CURVES, IMAGES

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
