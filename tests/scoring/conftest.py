"""Reference implementations that the scores are compared with."""

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from napari_cellbench.data import Instances

Precision = NDArray[np.float64]


def coco_data(
    images: list[tuple[Instances, Instances]],
    crowd: list[list[bool]] | None,
    areas: list[list[float]] | None = None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the annotation file and the results list of a set of (truth, prediction)."""
    annotations: list[dict[str, Any]] = []
    results = []
    for i, (truth, prediction) in enumerate(images, start=1):
        for k, mask in enumerate(truth.to_masks()):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": i,
                    "category_id": 1,
                    "segmentation": mask,
                    "area": areas[i - 1][k] if areas else int(coco_mask.area(mask)),
                    "iscrowd": int(crowd[i - 1][k]) if crowd else 0,
                    "bbox": coco_mask.toBbox(mask).tolist(),
                }
            )
        scores = np.ones(len(prediction)) if prediction.scores is None else prediction.scores
        for mask, score in zip(prediction.to_masks(), scores, strict=True):
            results.append(
                {"image_id": i, "category_id": 1, "segmentation": mask, "score": float(score)}
            )
    dataset = {
        "info": {},
        "images": [
            {"id": i, "height": truth.shape[0], "width": truth.shape[1]}
            for i, (truth, _) in enumerate(images, start=1)
        ],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": annotations,
    }
    return dataset, results


def figures(run: Any) -> tuple[Precision, Precision]:
    """Run an evaluation and return precision (A, T, R) and recall (A, T), NaN where undefined."""
    run.params.maxDets = [100_000]
    run.evaluate()
    run.accumulate()
    precision = run.eval["precision"][:, :, 0, :, 0].transpose(2, 0, 1)
    recall = run.eval["recall"][:, 0, :, 0].T
    return np.where(precision < 0, np.nan, precision), np.where(recall < 0, np.nan, recall)


@pytest.fixture(scope="session")
def pycocotools_eval() -> Callable[..., tuple[Precision, Precision]]:
    """Return a function that gives pycocotools' figures for a set of images."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def evaluate(
        images: list[tuple[Instances, Instances]],
        crowd: list[list[bool]] | None = None,
        areas: list[list[float]] | None = None,
    ) -> tuple[Precision, Precision]:
        dataset, results = coco_data(images, crowd, areas)
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO()
            truth.dataset = dataset
            truth.createIndex()
            if results:
                detections = truth.loadRes(results)
            else:  # loadRes wants at least one
                detections = COCO()
                detections.dataset = {**dataset, "annotations": []}
                detections.createIndex()
            return figures(COCOeval(truth, detections, "segm"))

    return evaluate


@pytest.fixture(scope="session")
def faster_coco_eval() -> Callable[..., tuple[Precision, Precision]]:
    """Return the same function made of faster-coco-eval."""
    faster = pytest.importorskip("faster_coco_eval")

    def evaluate(
        images: list[tuple[Instances, Instances]], crowd: list[list[bool]] | None = None
    ) -> tuple[Precision, Precision]:
        dataset, results = coco_data(images, crowd)
        with contextlib.redirect_stdout(io.StringIO()):
            truth = faster.COCO(dataset)
            detections = truth.loadRes(results)
            silent = {"print_function": lambda *_: None}
            return figures(faster.COCOeval_faster(truth, detections, "segm", **silent))

    return evaluate
