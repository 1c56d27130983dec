"""Labels layers as truth and predictions."""

from __future__ import annotations

from typing import Any

from napari.layers import Labels
from numpy.typing import NDArray

from ...data import Instances
from ...data.instances import as_labels
from ...data.record import record_of
from ...data.source import Plane, Region, whole
from ...errors import InputError
from ...scoring.flattened import Flattened
from ...scoring.pieces import Side
from ...scoring.selection import EVERYTHING, Selection
from ..layers.placement import check_together
from ..layers.source import current_index, full_resolution
from .types import Comparison

PER_OBJECT = ("masks", "scores", "crowds")
"""What of a layer's record has one entry per object: too much to be written into other records."""


def is_labels(layer: Any) -> bool:
    """Tell whether a layer can be truth or prediction: labels of the whole image, no error map."""
    record = record_of(layer)
    return isinstance(layer, Labels) and not (record.get("error_map") or record.get("cut_out"))


def is_truth(layer: Any) -> bool:
    """Tell whether a layer was read as ground truth."""
    return bool(record_of(layer).get("truth"))


def belongs(layer: Any, truth: Any, *, by_target: bool) -> bool:
    """Tell whether a layer seems meant as a prediction of a truth.

    Another truth isn't, nor what is of another sample, or of another target where there is truth of
    several.
    """
    own, other = record_of(layer), record_of(truth)
    same = all(
        own.get(key) is None or other.get(key) is None or own[key] == other[key]
        for key in ("sample", "target")[: 1 + by_target]
    )
    return same and not is_truth(layer)


def comparison(
    viewer: Any,
    truth: Any,
    prediction: Any,
    region: Region | None,
    selection: Selection = EVERYTHING,
    split: frozenset[Side] = frozenset(),
) -> Comparison:
    """Compare the planes that two layers show.

    Raises
    ------
    InputError
        If a layer has no two spatial axes, the plane no truth, or they lie in different places.
    """
    true_index = current_index(truth, viewer.dims.point)
    index = current_index(prediction, viewer.dims.point)
    check_truth(truth, true_index)
    true_plane = Plane(full_resolution(truth), true_index)
    plane = Plane(full_resolution(prediction), index)
    same_size = true_plane.shape == plane.shape
    note = check_together(prediction, truth, plane.shape) if same_size else ""
    record = record_of(prediction)
    scores = record.get("scores")
    if index and list(index) != record.get("index"):
        scores = None  # they belong to another plane of the stack
    return Comparison(
        truth_layer=truth,
        layer=prediction,
        truth=true_plane,
        prediction=plane,
        region=region,
        scores=None if scores is None else tuple(scores),
        true_masks=masks_of(truth, true_plane),
        masks=masks_of(prediction, plane, scores),
        crowds=tuple(of_plane(truth, "crowds", true_plane)),
        selection=selection,
        split=split,
        notes=(note,) if note else (),
    )


def has_truth(layer: Any, index: tuple[int, ...]) -> bool:
    """Tell whether somebody annotated a plane of a truth layer; empty, it has no cells then."""
    known = record_of(layer).get("truth_planes")
    return bool(known is None or len(index) != 1 or index[0] >= len(known) or known[index[0]])


def check_truth(layer: Any, index: tuple[int, ...]) -> None:
    """Raise an `InputError` if a plane of a truth layer is empty because nobody annotated it."""
    if has_truth(layer, index):
        return
    names = record_of(layer).get("samples") or ()
    name = names[index[0]] if index[0] < len(names) else f"plane {index[0] + 1}"
    raise InputError(f"There is no truth for {name}: it is not scored.")


def masks_of(layer: Any, plane: Plane, scores: Any = None) -> Instances | None:
    """Return the masks that a layer shows flattened, if there are any and they fit its size."""
    masks = of_plane(layer, "masks", plane)
    if not masks:
        return None
    fitting = scores if scores is not None and len(scores) == len(masks) else None
    return Instances.from_masks(masks, plane.shape, fitting)


def shown_masks(layer: Any, point: tuple[float, ...]) -> Instances | None:
    """Return the masks of the plane at a point of the world; see `masks_of`."""
    return masks_of(layer, Plane(full_resolution(layer), current_index(layer, point)))


def true_objects(layer: Any, index: tuple[int, ...]) -> Instances | NDArray[Any]:
    """Return what a truth layer has at a plane: overlapping masks where it shows them flattened."""
    plane = Plane(full_resolution(layer), index)
    labels, masks = plane.read(whole(plane.shape)), masks_of(layer, plane)
    if masks is None:
        return labels
    return Flattened.of(masks, whole(plane.shape)).objects(as_labels(labels))[0]


def of_plane(layer: Any, key: str, plane: Plane) -> list[Any]:
    """Return a plane's masks; a record has them as a list, or for a stack as a list by plane."""
    masks = record_of(layer).get(key) or ()
    if plane.leading:
        at = plane.leading[0]
        masks = masks[at] if len(plane.leading) == 1 and at < len(masks) else ()
    fits = all(isinstance(mask, dict) and tuple(mask["size"]) == plane.shape for mask in masks)
    return list(masks) if fits else []
