"""One prediction against the truth while both are edited: figures, errors, a picture, one cell.

Nothing here knows Qt; all of it runs in the thread of `score_thread`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from ..data.source import Plane, Region
from ..errors import InputError
from ..morphology.shape import shape_features
from ..scoring import LiveScore, Score
from ..scoring.coco import CocoResult, accumulate, match_image
from ..scoring.counts import DSB_THRESHOLDS, count, matched_pairs
from ..scoring.errors import ObjectErrors, error_map, object_errors
from ..scoring.overlap import Overlap, check_shapes
from ..scoring.score import assemble

WINDOW = 32
"""A hovered cell is first looked for so many pixels around the pointer."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is compared.

    Attributes
    ----------
    truth_layer, layer
        The layers of truth and prediction; only their identity is used.
    truth, prediction
        The planes that they show.
    region
        Rows and columns that count; None for all.
    scores
        Confidence of each object of the whole plane, in ascending order of the ids, if the method
        gave any.
    """

    truth_layer: Any
    layer: Any
    truth: Plane
    prediction: Plane
    region: Region | None = None
    scores: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """Figures of a prediction.

    Attributes
    ----------
    ranked
        True where COCO's figures rank by the method's scores; False where all scores are 1.
    """

    layer: Any
    score: Score
    coco: CocoResult
    overlap: Overlap
    ranked: bool


@dataclass(frozen=True, eq=False)
class Failure:
    """Why a prediction can't be scored."""

    layer: Any
    message: str


@dataclass(frozen=True)
class CellError:
    """One thing to correct.

    Attributes
    ----------
    kind
        ``missed``, ``extra``, ``split``, ``merged``, ``outline`` or ``mixed``.
    truth, prediction
        Ids of the objects that take part.
    size
        Pixels of the true objects; of the prediction where there is none.
    iou
        Of a badly outlined pair.
    """

    kind: str
    truth: tuple[int, ...]
    prediction: tuple[int, ...]
    size: int
    iou: float | None = None


@dataclass(frozen=True, eq=False)
class Inspection:
    """What is wrong with a prediction at an IoU threshold.

    Attributes
    ----------
    picture : (Y, X) uint8 or None
        The error map of the whole plane, where it was asked for.
    """

    layer: Any
    iou: float
    errors: list[CellError]
    picture: NDArray[np.uint8] | None


class LiveComparison:
    """A comparison that follows edits.

    Raises
    ------
    InputError
        If the planes differ in size, or a layer holds no label image.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.of = comparison
        check_shapes(comparison.truth.shape, comparison.prediction.shape)
        height, width = comparison.truth.shape
        self._whole: Region = (slice(0, height), slice(0, width))
        self._region = comparison.region or self._whole
        self._live = LiveScore(
            comparison.truth.read(self._region), comparison.prediction.read(self._region)
        )
        self._ids = self._live.overlap.prediction_ids
        self._scores = self._given_scores()

    def edit(self, layer: Any, where: Region | None) -> None:
        """Read some rows and columns of an edited layer anew; all if `where` is None."""
        if layer is not self.of.layer and layer is not self.of.truth_layer:
            return
        there = _intersection(where or self._whole, self._region)
        if there is None:
            return
        rows, columns = (
            slice(part.start - origin.start, part.stop - origin.start)
            for part, origin in zip(there, self._region, strict=True)
        )
        if layer is self.of.truth_layer:
            self._live.update((rows, columns), truth=self.of.truth.read(there))
        else:
            self._live.update((rows, columns), prediction=self.of.prediction.read(there))

    def result(self) -> Result:
        """Return the present figures.

        The method's scores belong to the ids that it gave: once a person has added or removed an
        id, all scores are 1.
        """
        overlap = self._live.overlap
        kept = np.array_equal(overlap.prediction_ids, self._ids)
        scores = self._scores if kept else None
        coco = accumulate([match_image(overlap, scores)])
        counts = count(overlap, DSB_THRESHOLDS)
        score = assemble(coco, counts, overlap.iou[matched_pairs(overlap)])
        return Result(self.of.layer, score, coco, overlap, scores is not None)

    def inspect(self, iou: float, *, draw: bool) -> Inspection:
        """Return the errors at an IoU threshold, and their picture if it is to be drawn."""
        overlap = self._live.overlap
        # Matched is what exceeds 1 - cutoff1 there, but what reaches the threshold everywhere else.
        errors = object_errors(overlap, cutoff1=1 - iou + 1e-9)
        picture = None
        if draw:
            picture = np.zeros(self.of.truth.shape, np.uint8)
            pair = self.of.truth.read(self._region), self.of.prediction.read(self._region)
            picture[self._region] = error_map(*pair, iou)
        return Inspection(self.of.layer, iou, cell_errors(errors, overlap), picture)

    def describe(self, row: int, column: int) -> str:
        """Return IoU, area, elongation and convexity of the cell at a pixel, or an empty text.

        The predicted cell if there is one, else the true one.
        """
        pixel = _intersection((slice(row, row + 1), slice(column, column + 1)), self._region)
        if pixel is None:
            return ""
        overlap = self._live.overlap
        for side, plane, ids, index in (
            ("", self.of.prediction, overlap.prediction_ids, overlap.prediction_index),
            ("true ", self.of.truth, overlap.truth_ids, overlap.truth_index),
        ):
            cell = int(plane.read(pixel)[0, 0])
            if cell > 0:
                best = overlap.iou[index == np.searchsorted(ids, cell)].max(initial=0)
                shape = shape_features(_cut_out(plane, cell, row, column))
                return (
                    f"{side}cell {cell}: IoU {best:.2f}, area {shape['size'][0]:,} px, "
                    f"elongation {shape['elongation'][0]:.2f}, "
                    f"convexity {shape['convexity'][0]:.2f}"
                )
        return ""

    def _given_scores(self) -> NDArray[np.float64] | None:
        """Return the method's scores of the objects in the region, if they still fit."""
        if self.of.scores is None:
            return None
        ids = Instances.from_labels(self.of.prediction.read(self._whole)).ids
        if len(ids) != len(self.of.scores) or not np.isin(self._ids, ids).all():
            return None
        return np.array(self.of.scores)[np.searchsorted(ids, self._ids)]


def cell_errors(errors: ObjectErrors, overlap: Overlap) -> list[CellError]:
    """List each error once, the largest cells first."""
    truth_area = dict(zip(overlap.truth_ids.tolist(), overlap.truth_area.tolist(), strict=True))
    area = dict(zip(overlap.prediction_ids.tolist(), overlap.prediction_area.tolist(), strict=True))
    outlined_truth = {t for t, _ in errors.badly_outlined}
    outlined = {p for _, p in errors.badly_outlined}
    groups = [
        *(("missed", (t,), ()) for t in errors.missed if t not in outlined_truth),
        *(("extra", (), (p,)) for p in errors.extra if p not in outlined),
        *(("outline", (t,), (p,)) for t, p in errors.badly_outlined),
        *(("split", (t,), pieces) for t, pieces in errors.splits),
        *(("merged", parts, (p,)) for parts, p in errors.merges),
        *(("mixed", truths, predictions) for truths, predictions in errors.catastrophes),
    ]
    found = []
    for kind, truth, prediction in groups:
        size = sum(truth_area[t] for t in truth) or sum(area[p] for p in prediction)
        iou = errors.iou[truth[0], prediction[0]] if kind == "outline" else None
        found.append(CellError(kind, truth, prediction, size, iou))
    return sorted(found, key=lambda error: -error.size)


def compare(comparison: Comparison) -> LiveComparison | Failure:
    """Begin a comparison, or say why it can't be made."""
    try:
        return LiveComparison(comparison)
    except InputError as error:
        return Failure(comparison.layer, str(error))


def _intersection(a: Region, b: Region) -> Region | None:
    rows, columns = (
        slice(max(p.start, q.start), min(p.stop, q.stop)) for p, q in zip(a, b, strict=True)
    )
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return rows, columns


def _cut_out(plane: Plane, cell: int, row: int, column: int) -> NDArray[np.bool_]:
    """Return the cell at a pixel in a window that is just large enough to hold it."""
    height, width = plane.shape
    half = WINDOW
    while True:
        top, bottom = max(0, row - half), min(height, row + half)
        left, right = max(0, column - half), min(width, column + half)
        found = plane.read((slice(top, bottom), slice(left, right))) == cell
        cut = (
            (top > 0 and found[0].any())
            or (bottom < height and found[-1].any())
            or (left > 0 and found[:, 0].any())
            or (right < width and found[:, -1].any())
        )
        if not cut:
            return found
        half *= 2
