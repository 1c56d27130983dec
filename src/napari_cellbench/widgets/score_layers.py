"""Labels layers as truth and predictions."""

from __future__ import annotations

from typing import Any

from ..data.source import Plane, Region
from .layer_source import current_index, drawn_region, full_resolution, visible_region
from .score_live import Comparison


def record_of(layer: Any) -> dict[str, Any]:
    """Return what this plugin noted about a layer."""
    record = layer.metadata.get("cellbench", {})
    return record if isinstance(record, dict) else {}


def is_labels(layer: Any) -> bool:
    """Tell whether a layer can be truth or prediction: labels, but no error map."""
    return layer._type_string == "labels" and not record_of(layer).get("error_map")


def is_truth(layer: Any) -> bool:
    """Tell whether a layer was read as ground truth."""
    return bool(record_of(layer).get("truth"))


def size(layer: Any) -> str:
    """Return height and width on screen."""
    return " x ".join(map(str, full_resolution(layer).shape[-2:]))


def region_of(kind: str, truth: Any, shapes: Any | None) -> Region | None:
    """Return the rows and columns that count: ``whole``, ``visible`` or ``drawn``.

    Raises
    ------
    InputError
        If nothing is drawn, or the region holds none of the image.
    """
    if kind == "visible":
        return visible_region(truth)
    return drawn_region(truth, shapes) if kind == "drawn" else None


def comparison(viewer: Any, truth: Any, prediction: Any, region: Region | None) -> Comparison:
    """Compare the planes that two layers show."""
    index = current_index(prediction, viewer.dims.point)
    record = record_of(prediction)
    scores = record.get("scores")
    # The method's scores belong to one plane of a stack.
    fits = not index or list(index) == record.get("index")
    return Comparison(
        truth_layer=truth,
        layer=prediction,
        truth=Plane(full_resolution(truth), current_index(truth, viewer.dims.point)),
        prediction=Plane(full_resolution(prediction), index),
        region=region,
        scores=tuple(scores) if scores is not None and fits else None,
    )
