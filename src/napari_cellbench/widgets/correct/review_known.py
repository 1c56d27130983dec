"""What the viewer's other layers tell of a plane that is looked through."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.record import record_of
from ...engine.provenance import tile_ends_of
from ...errors import InputError
from ..layers.placement import check_together
from ..layers.source import full_resolution
from ..score.layers import has_truth, is_labels, is_truth
from .plane import LabelsPlane
from .review_work import Known

RUN = ("method", "checkpoint", "created")
"""What tells a run: layers that agree in it are copies of one result."""


def known_of(viewer: Any, plane: LabelsPlane) -> Known:
    """Return what is known of a plane, as copies for another thread.

    Parameters
    ----------
    viewer
        napari's viewer; labels layers of the same image and size count, shown or hidden. So does
        the truth, where somebody annotated the plane.
    plane
        What is looked through.
    """
    record = record_of(plane.layer)
    truth: NDArray[Any] | None = None
    results = {}
    for layer in viewer.layers:
        if layer is plane.layer or not is_labels(layer) or not _is_of_same(layer, plane.layer):
            continue
        if is_truth(layer) and truth is None and has_truth(layer, plane.leading):
            truth = _read(layer, plane)
        elif _is_other_result(layer, plane.layer):
            results[layer.name] = _read(layer, plane)
    # Scores are noted for results of one plane only.
    scores = record.get("scores") if not plane.leading else None
    return Known(truth, results, scores, tile_ends_of(record, plane.shape))


def _read(layer: Any, plane: LabelsPlane) -> NDArray[Any]:
    return np.array(full_resolution(layer)[plane.leading])


def _is_of_same(layer: Any, own: Any) -> bool:
    """Tell whether two layers are of one image: its name or sample, where noted; size; place."""
    if tuple(full_resolution(layer).shape) != tuple(own.data.shape):
        return False
    names, others = (
        {record_of(one).get(key) for key in ("sample", "image")} - {None} for one in (own, layer)
    )
    if names and others and names.isdisjoint(others):
        return False
    try:
        check_together(layer, own, own.data.shape)
    except InputError:
        return False
    return True


def _is_other_result(layer: Any, own: Any) -> bool:
    record, other = record_of(own), record_of(layer)
    if "method" not in other or other.get("truth") or other.get("preview"):
        return False
    is_copy = "created" in other and all(record.get(key) == other.get(key) for key in RUN)
    return not is_copy
