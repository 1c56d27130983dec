"""Objects in COCO's format for instance segmentation."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from pycocotools import mask as coco_mask

from ..instances import Instances
from ..rle import mask_areas

CATEGORIES = {"cell": 1, "nucleus": 2}


def write(file: BinaryIO, instances: Instances, record: dict[str, Any]) -> None:
    """Write one annotation an object, its mask as run lengths: holes and overlaps are kept.

    The annotation's id is the object's id in the label image. The record is ``info["cellbench"]``.

    Parameters
    ----------
    file
        Where to write.
    instances
        Objects.
    record
        Provenance. ``image`` is the image's name; ``target`` chooses the category.
    """
    category = CATEGORIES["nucleus" if record.get("target") == "nucleus" else "cell"]
    masks = instances.to_masks()
    annotations: list[dict[str, Any]] = [
        {
            "id": i,
            "image_id": 1,
            "category_id": category,
            "segmentation": {"size": mask["size"], "counts": mask["counts"].decode()},
            "area": area,
            "bbox": coco_mask.toBbox(mask).tolist(),
            "iscrowd": 0,
        }
        for i, mask, area in zip(
            instances.ids.tolist(), masks, mask_areas(masks).tolist(), strict=True
        )
    ]
    if instances.scores is not None:
        for annotation, score in zip(annotations, instances.scores.tolist(), strict=True):
            annotation["score"] = score
    height, width = instances.shape
    content = {
        "info": {"description": "Written by napari-cellbench", "cellbench": record},
        "licenses": [],
        "images": [{"id": 1, "file_name": record["image"], "height": height, "width": width}],
        "categories": [{"id": i, "name": name} for name, i in CATEGORIES.items()],
        "annotations": annotations,
    }
    file.write(json.dumps(content).encode())
