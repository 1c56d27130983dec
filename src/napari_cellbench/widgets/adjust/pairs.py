"""Labels and truth of the images on which the best distance is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Instances
from ...data.record import record_of
from ...errors import InputError
from ..layers.placement import check_together
from ..layers.source import current_index, full_resolution, spatial_shape
from ..score.layers import check_truth, is_truth, true_objects


def images(
    viewer: Any, source: Any, truth: Any, *, everything: bool
) -> Iterator[tuple[NDArray[Any], Instances | NDArray[Any]]]:
    """Return (labels, truth) of the plane that is shown, or of all planes of all loaded samples.

    Raises
    ------
    InputError
        If no labels or no truth are chosen.
    """
    if source is None or truth is None:
        raise InputError("Choose labels and truth: the best distance is found by comparing.")
    if everything:
        return planes(pairs(list(viewer.layers), source, truth), None)
    return planes([(source, truth)], current_index(source, viewer.dims.point))


def pairs(layers: list[Any], source: Any, truth: Any) -> list[tuple[Any, Any]]:
    """Return (labels, truth) layers of all samples: those like the chosen ones, by sample.

    Labels are alike if the same method and checkpoint made them, truth if it outlines the same.
    The chosen pair comes first.
    """
    chosen = [(source, truth)]
    truths = {
        record_of(layer)["sample"]: layer
        for layer in layers
        if record_of(layer).get("sample") is not None and _kind(layer) == _kind(truth)
    }
    for layer in layers:
        partner = truths.get(record_of(layer).get("sample"))
        taken = any(layer is one or partner is other for one, other in chosen)
        if partner is None or taken or layer is partner or _kind(layer) != _kind(source):
            continue
        chosen.append((layer, partner))
    return chosen


def planes(
    chosen: list[tuple[Any, Any]], index: tuple[int, ...] | None
) -> Iterator[tuple[NDArray[Any], Instances | NDArray[Any]]]:
    """Read (labels, truth) of one plane, or of every plane if `index` is None.

    Raises
    ------
    InputError
        If two layers of a pair differ in size, or lie in different places.
    """
    for labels, truth in chosen:
        shape = spatial_shape(labels)
        if spatial_shape(truth) not in (shape, shape[-2:]):
            raise InputError(f"{truth.name} and {labels.name} differ in size.")
        check_together(labels, truth, shape)
        for at in [index] if index is not None else np.ndindex(shape[:-2]):
            truth_at = at if len(spatial_shape(truth)) == len(shape) else ()
            check_truth(truth, truth_at)
            yield (
                np.asarray(full_resolution(labels)[at]),
                true_objects(truth, truth_at),
            )


def _kind(layer: Any) -> tuple[Any, ...]:
    record = record_of(layer)
    what = (record.get(key) for key in ("target", "annotator", "method", "checkpoint"))
    return (is_truth(layer), *what)
