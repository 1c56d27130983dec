"""What the Adjust widget has computed in its thread: the growth field, the labels, the score."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Instances
from ...data.instances import as_labels
from ...data.source import whole
from ...errors import InputError
from ...morphology import GrowthField
from ...morphology.iterations import dilate, erode
from ...morphology.parts import keep_largest, keep_seeds, relabel
from ...scoring.flattened import Flattened
from ...scoring.overlap import overlap
from ...scoring.paper import mean_best_iou
from ...scoring.score import score_overlap
from ..jobs.latest import Report
from .order import (
    Adjusted,
    AdjustOrder,
    Applied,
    Changed,
    Figures,
    Preparing,
    Scored,
    cut,
    cut_mask,
)

PATIENCE = 0.4
"""While the slider moves, the score is computed at least so often, in seconds."""
REST = 0.05
"""The slider has come to rest once no tick has followed for so long, in seconds."""
SLOWEST = 0.15
"""Ticks that are further apart, in seconds, are no movement."""


class Adjuster:
    """Computes previews; keeps the growth field until the labels change. Not thread-safe."""

    def __init__(self) -> None:
        self._order: AdjustOrder | None = None
        self._labels: NDArray[Any] | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._count = 0
        self._field: GrowthField | None = None
        self._directions: set[bool] = set()
        self._truth: NDArray[Any] | None = None
        self._original: tuple[Any, Instances | NDArray[Any], Figures] | None = None
        self._scored = 0.0
        self._asked = 0.0

    def preview(self, order: AdjustOrder, report: Report) -> None:
        """Report the labels at the order's distance, then their score."""
        asked, now = self._asked, time.monotonic()
        self._asked = now
        field = self._prepared(order, report)
        assert self._labels is not None
        if not self._count:
            raise InputError("There are no cells in these labels.")
        labels, lost = adjust(order, field, self._labels, self._mask)
        split = order.parts == "relabel" and order.distance < 0
        report(Adjusted(order, labels, count_cells(labels) if split else self._count - lost, lost))
        if order.truth is not None and (self._is_overdue() or _rests(report, now - asked)):
            report(self._score(order, labels, report))
            self._scored = time.monotonic()

    def apply(self, order: AdjustOrder, every: bool, report: Report) -> None:
        """Report the whole layer's labels with the order's plane, or every one, adjusted."""
        order = replace(order, region=())
        layer = np.array(order.labels)
        work_axes = len(order.spacing)
        indices = np.ndindex(layer.shape[: layer.ndim - work_axes]) if every else [order.index]
        parts: list[tuple[tuple[int, ...], NDArray[Any]]] = []
        n_objects = lost = 0
        for index in indices:
            labels = layer[index]
            mask = cut_mask(order, index)
            field = GrowthField(labels, abs(order.distance), order.spacing, mask)
            adjusted, gone = adjust(order, field, labels, mask)
            parts.append((index, adjusted))
            n_objects, lost = n_objects + count_cells(adjusted), lost + gone
        # New labels may need a wider type.
        layer = layer.astype(np.result_type(layer, *(part.dtype for _, part in parts)), copy=False)
        for index, part in parts:
            layer[index] = part
        report(Applied(order, layer, n_objects, lost))

    def _is_overdue(self) -> bool:
        return time.monotonic() - self._scored > PATIENCE

    def _prepared(self, order: AdjustOrder, report: Report) -> GrowthField:
        """Return the growth field, with the distances that this direction needs."""
        if self._order is None or not _same(order, self._order):
            self._read(order, report)
        assert self._field is not None
        shrinks = order.distance < 0
        if shrinks not in self._directions:
            report(Preparing())
            if shrinks:
                self._field.lost(-order.reach)
            else:
                self._field.at(0)
            self._directions.add(shrinks)
        return self._field

    def _read(self, order: AdjustOrder, report: Report) -> None:
        """Take over the layers' pixels; the field stays if they are the same as before."""
        before, self._order = self._order, None
        labels = np.array(cut(order, order.labels, order.index, "labels"))
        mask = cut_mask(order, order.index)
        self._original = None
        if _edited(self._labels, labels, before, order):
            report(Changed())
        if before is None or (before.index, before.region) != (order.index, order.region):
            self._truth = None
        if (
            before is None
            or not (_equal(labels, self._labels) and _equal(mask, self._mask))
            or (order.spacing, order.reach) != (before.spacing, before.reach)
        ):
            self._labels, self._mask, self._count = labels, mask, count_cells(labels)
            self._field = GrowthField(labels, order.reach, order.spacing, mask)
            self._directions.clear()
        self._order = order

    def _score(self, order: AdjustOrder, labels: NDArray[Any], report: Report) -> Scored:
        try:
            if self._original is None or self._original[0] is not order.truth:
                assert self._labels is not None
                shown = np.array(cut(order, order.truth, order.index, "truth"))
                if self._truth is not None and not _equal(shown, self._truth):
                    report(Changed())
                self._truth, truth = shown, _objects(order, shown)
                self._original = order.truth, truth, figures(truth, self._labels)
            _, truth, original = self._original
            return Scored(figures(truth, labels), original)
        except InputError as error:
            return Scored(None, None, str(error))


def _rests(report: Report, interval: float) -> bool:
    """Wait for the slider's next tick, or return True if none follows soon.

    Parameters
    ----------
    report
        Of the job.
    interval
        Time between the last two ticks, in seconds: where drawing takes long, they come slowly.
    """
    end = time.monotonic() + (max(REST, 1.5 * interval) if interval < SLOWEST else REST)
    while time.monotonic() < end:
        if report.superseded:
            return False
        time.sleep(0.002)
    return not report.superseded


def adjust(
    order: AdjustOrder, field: GrowthField, labels: NDArray[Any], mask: NDArray[np.bool_] | None
) -> tuple[NDArray[Any], int]:
    """Return labels at the order's distance, and how many cells were lost."""
    if order.way == "distance":
        lost = 0 if order.parts == "seed" else field.lost(order.distance)
        return field.at(order.distance, order.parts), lost
    if order.distance >= 0:
        grown = dilate(labels, round(order.distance))
        if mask is not None:
            grown[~mask & (labels == 0)] = 0
        return grown, 0
    shrunk = erode(labels, round(-order.distance))
    if order.parts == "largest":
        shrunk = keep_largest(shrunk)
    elif order.parts == "seed":
        shrunk = keep_seeds(shrunk, *_seeds(field, labels))
    lost = len(np.setdiff1d(_ids(labels), _ids(shrunk), assume_unique=True))
    return (relabel(shrunk) if order.parts == "relabel" else shrunk), lost


def figures(truth: Instances | NDArray[Any], labels: NDArray[Any]) -> Figures:
    """Score labels of a plane or of a volume."""
    if isinstance(truth, Instances):
        pairs = overlap(truth, labels)
    else:
        # IoU doesn't ask how pixels lie: a volume is scored as one long image.
        pairs = overlap(*(image.reshape(-1, image.shape[-1]) for image in (truth, labels)))
    score = score_overlap(pairs)
    return Figures(score.AP50, score.mAP, mean_best_iou(pairs))


def count_cells(labels: NDArray[Any]) -> int:
    """Return the number of labels that aren't background."""
    return len(_ids(labels))


def _objects(order: AdjustOrder, truth: NDArray[Any]) -> Instances | NDArray[Any]:
    """Return the true objects of the plane or volume worked on; overlapping masks exactly."""
    if order.true_masks is None:
        return truth
    masks = Flattened.of(order.true_masks, order.region or whole(truth.shape))
    return masks.objects(as_labels(truth))[0]


def _edited(
    before: NDArray[Any] | None, labels: NDArray[Any], last: AdjustOrder | None, order: AdjustOrder
) -> bool:
    """Tell whether the same part of the same plane has other labels than before."""
    if last is None or (last.index, last.region) != (order.index, order.region):
        return False
    return not _equal(before, labels)


def _ids(labels: NDArray[Any]) -> NDArray[Any]:
    """Return the labels that aren't background, in no order; much faster than by sorting."""
    from pandas import unique

    ids = unique(labels.ravel())
    return ids[ids > 0]


def _seeds(field: GrowthField, labels: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the flat index of each cell's innermost pixel, and its label."""
    from scipy.ndimage import maximum_position

    ids = _ids(labels)
    at = np.array(maximum_position(field.depth, labels, ids), np.int64).reshape(len(ids), -1)
    return np.asarray(np.ravel_multi_index(tuple(at.T), labels.shape), np.int64), ids


def _same(a: AdjustOrder, b: AdjustOrder) -> bool:
    """Whether nothing has changed that the growth field depends on."""
    return (
        a.labels is b.labels
        and a.mask is b.mask
        and (a.index, a.region, a.spacing, a.reach, a.outside, a.edition)
        == (b.index, b.region, b.spacing, b.reach, b.outside, b.edition)
    )


def _equal(a: NDArray[Any] | None, b: NDArray[Any] | None) -> bool:
    return a is b if a is None or b is None else np.array_equal(a, b)
