"""One prediction against the truth while both are edited: figures, errors, a picture, one cell.

Nothing here knows Qt; all of it runs in the thread of `score_thread`.
"""

from __future__ import annotations

from collections.abc import Set
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ...data import Instances
from ...data.rle import mask_areas
from ...data.source import Region, whole
from ...errors import InputError
from ...scoring.boundary import counted_boundaries
from ...scoring.cell_errors import cell_errors
from ...scoring.coco import accumulate
from ...scoring.counts import splits_and_merges
from ...scoring.crowds import without_crowded
from ...scoring.errors import error_map, object_errors
from ...scoring.flattened import Flattened, LiveMasks, cropped
from ...scoring.live import LiveScore
from ...scoring.overlap import Overlap, check_shapes, overlap
from ...scoring.pieces import Mask, Side, mask_notes, mask_of, split_note
from ...scoring.score import assemble, matches_of
from .cells import describe
from .pieces import in_pieces
from .types import BOUNDARY, Comparison, Failure, Inspection, Result

SIDES: tuple[Side, ...] = get_args(Side)


class LiveComparison:
    """A comparison that follows edits.

    Raises
    ------
    InputError
        If the planes differ in size, or a layer holds no label image.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.of = self._asked = comparison
        check_shapes(comparison.truth.shape, comparison.prediction.shape)
        self._whole = whole(comparison.truth.shape)
        self._region = comparison.region or self._whole
        self._live = self._begin()
        # Once: painting makes no mask without ids, and looking takes longer than a stroke.
        masks = {side: mask_of(objects) for side, objects in self._sides()}
        self._masks = frozenset(side for side, mask in masks.items() if mask.pieces)
        self._split = self._masks & comparison.split
        if self._split:
            self._find_pieces()
            masks |= dict.fromkeys(self._split, Mask())
        self._notes = mask_notes(self._live.truth, self._live.prediction, masks)
        self._crowds = self._crowds_in_region()
        self._ids = self._live.overlap.prediction_ids
        self._scores = self._given_scores()

    def edit(self, layer: object, where: Region | None) -> None:
        """Read some rows and columns of an edited layer anew; all if `where` is None."""
        if layer is not self.of.layer and layer is not self.of.truth_layer:
            return
        side: Side = "truth" if layer is self.of.truth_layer else "prediction"
        if side in self._split:
            self._find_pieces()
            return
        there = _intersection(where or self._whole, self._region)
        if there is None:
            return
        rows, columns = (
            slice(part.start - origin.start, part.stop - origin.start)
            for part, origin in zip(there, self._region, strict=True)
        )
        if side == "truth":
            self._live.update((rows, columns), truth=self.of.truth.read(there))
        else:
            self._live.update((rows, columns), prediction=self.of.prediction.read(there))

    def result(self) -> Result:
        """Return the present figures.

        The method's scores belong to the ids that it gave: once a person has added or removed an
        id, all scores are 1.
        """
        pairs = self._live.overlap
        kept = np.array_equal(pairs.prediction_ids, self._ids)
        scores = self._scores if kept else None
        matches = matches_of(*self._selected(pairs, scores))
        coco = accumulate([matches.coco])
        score = assemble(
            coco,
            matches.counts,
            matches.matched_iou,
            ranked=matches.ranked,
            selection=self.of.selection,
            notes=[
                *(split_note(side, len(objects)) for side, objects in self._sides(self._split)),
                *self._notes,
            ],
        )
        overlapping = isinstance(self._live, LiveMasks)
        return Result(
            layer=self.of.layer,
            score=score,
            coco=coco,
            overlap=matches.counted,
            ranked=scores is not None,
            overlapping=overlapping,
            masks=self._masks,
        )

    def inspect(self, iou: float, *, draw: bool) -> Inspection:
        """Return the errors at an IoU threshold, and their picture if it is to be drawn."""
        live = self._live
        pairs, _, in_crowds = self._selected(live.overlap)
        outlines = counted_boundaries(live.truth, live.prediction, pairs, BOUNDARY).score()
        if in_crowds is not None:
            pairs = without_crowded(pairs, in_crowds)
        # Matched is what exceeds 1 - cutoff1 there, but what reaches the threshold everywhere else.
        errors = object_errors(pairs, cutoff1=1 - iou + 1e-9)
        picture = None
        if draw:
            picture = np.zeros(self.of.truth.shape, np.uint8)
            shown = self.of.truth.read(self._region), self.of.prediction.read(self._region)
            picture[self._region] = error_map(*shown, iou, pairs)
        found = cell_errors(errors, pairs)
        return Inspection(self.of, iou, found, *splits_and_merges(pairs), outlines.f, picture)

    def describe(self, row: int, column: int) -> str:
        """Describe the cell at a pixel; an empty text where there is none."""
        pixel = slice(row, row + 1), slice(column, column + 1)
        if _intersection(pixel, self._region) is None:
            return ""
        return describe(self._live.overlap, self.of.truth, self.of.prediction, (row, column))

    def _selected(
        self, pairs: Overlap, scores: NDArray[np.float64] | None = None
    ) -> tuple[Overlap, NDArray[np.float64] | None, Overlap | None]:
        live, crowds = self._live, self._in_crowds()
        if not self.of.selection:
            return pairs, scores, crowds
        return self.of.selection.apply(pairs, live.truth, live.prediction, scores, crowds)

    def _sides(self, sides: Set[Side] = frozenset(SIDES)) -> list[tuple[Side, Instances]]:
        """Return the objects of truth and prediction in the region."""
        both = zip(SIDES, (self._live.truth, self._live.prediction), strict=True)
        return [(side, objects) for side, objects in both if side in sides]

    def _find_pieces(self) -> None:
        """Begin anew with the pieces that the masks have now."""
        self.of = in_pieces(self._asked, self._split)
        self._live = self._begin()

    def _begin(self) -> LiveScore | LiveMasks:
        of = self.of
        shown = of.truth.read(self._region), of.prediction.read(self._region)
        true_masks, masks = (
            Flattened.of(one, self._region) if one is not None and _overlap(one) else None
            for one in (of.true_masks, of.masks)
        )
        if true_masks is None and masks is None:
            return LiveScore(*shown)
        return LiveMasks(*shown, true_masks, masks)

    def _in_crowds(self) -> Overlap | None:
        return overlap(self._crowds, self._live.prediction) if self._crowds is not None else None

    def _crowds_in_region(self) -> Instances | None:
        rows, columns = self._region
        shape = rows.stop - rows.start, columns.stop - columns.start
        cut = [cropped(mask, self._region) for mask in self.of.crowds]
        masks = [mask for mask in cut if mask is not None]
        return Instances.from_masks(masks, shape) if masks else None

    def _given_scores(self) -> NDArray[np.float64] | None:
        """Return the method's scores of the objects in the region, if they still fit."""
        if self.of.scores is None:
            return None
        masks = self.of.masks
        ids = (masks or Instances.from_labels(self.of.prediction.read(self._whole))).ids
        if len(ids) != len(self.of.scores) or not np.isin(self._ids, ids).all():
            return None
        return np.array(self.of.scores)[np.searchsorted(ids, self._ids)]


def compare(comparison: Comparison) -> LiveComparison | Failure:
    """Begin a comparison, or say why it can't be made."""
    try:
        return LiveComparison(comparison)
    except InputError as error:
        return Failure(comparison.layer, str(error))


def _overlap(instances: Instances) -> bool:
    """Tell whether any masks share a pixel; if none do, a label image says all."""
    covered = np.count_nonzero(instances.to_labels())
    return bool(mask_areas(instances.to_masks()).sum() > covered)


def _intersection(a: Region, b: Region) -> Region | None:
    rows, columns = (
        slice(max(p.start, q.start), min(p.stop, q.stop)) for p, q in zip(a, b, strict=True)
    )
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return rows, columns
