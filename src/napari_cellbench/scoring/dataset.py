"""Scores of a whole data set, image after image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data import Instances
from .boundary import BoundaryCounts, counted_boundaries
from .coco import ALL_AREAS, CocoResult, ImageMatches, accumulate
from .counts import Counts
from .overlap import as_instances
from .paper import PaperScore, paper_score, precision_recall
from .score import Score, assemble, matches_in
from .selection import EVERYTHING, Selection


@dataclass(frozen=True, eq=False)
class DatasetScore:
    """Scores of a data set. Mind which is asked for: publications average differently.

    Attributes
    ----------
    pooled
        The objects of all images together: COCO's way, also StarDist's by default.
    images
        Each image by itself; their `mean` is Cellpose's and the Data Science Bowl's way.
    coco
        Precision and recall over all images, by area range.
    paper
        The benchmark paper's own AP and AR.
    """

    pooled: Score
    images: tuple[Score, ...]
    coco: CocoResult
    paper: PaperScore

    def mean(self, figure: str) -> float | tuple[float, ...]:
        """Return the mean of a figure over the images for which it is defined, else NaN.

        Parameters
        ----------
        figure
            Name of a field of `Score`.
        """
        return self._over_images(figure, np.mean)

    def median(self, figure: str) -> float | tuple[float, ...]:
        """Return the median of a figure, as `mean` does the mean."""
        return self._over_images(figure, np.median)

    def _over_images(
        self, figure: str, average: Callable[[NDArray[np.float64]], Any]
    ) -> float | tuple[float, ...]:
        values = np.array([getattr(image, figure) for image in self.images], float)
        # Undefined at one threshold is undefined at all: a row is a number or it isn't.
        columns = values.reshape(len(self.images), -1).T
        known = [column[~np.isnan(column)] for column in columns]
        found = [float(average(column)) if len(column) else float("nan") for column in known]
        return found[0] if values.ndim == 1 else tuple(found)


class DatasetScorer:
    """Takes images one by one and keeps only what the scores need of them.

    That is about 20 bytes for each predicted object.

    Parameters
    ----------
    areas
        Area ranges of COCO's figures, sizes in pixels by name; must have "all".
    selection
        Which objects are left out.
    """

    def __init__(
        self,
        areas: Mapping[str, tuple[float, float]] = ALL_AREAS,
        selection: Selection = EVERYTHING,
        boundary: float | None = None,
    ) -> None:
        self._areas = areas
        self._selection = selection
        self._boundary, self._boundaries = boundary, BoundaryCounts(0, 0, 0, 0)
        self._ranked = True
        self._mask_notes: list[str] = []
        self._matches: list[ImageMatches] = []
        self._counts: list[Counts] = []
        self._matched_iou: list[NDArray[np.float64]] = []
        self._precision_recall: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self._images: list[Score] = []

    def add(
        self,
        truth: Instances | NDArray[Any],
        prediction: Instances | NDArray[Any],
        scores: ArrayLike | None = None,
        crowds: Instances | None = None,
        true_areas: ArrayLike | None = None,
    ) -> Score:
        """Take an image and return its own score.

        See `score` for the parameters, and `napari_cellbench.scoring.coco.match_image`.
        """
        from .pieces import mask_notes

        true, found = as_instances(truth), as_instances(prediction)
        matches = matches_in(true, found, scores, crowds, self._areas, self._selection, true_areas)
        notes = mask_notes(true, found)
        image = assemble(
            accumulate([matches.coco]),
            matches.counts,
            matches.matched_iou,
            ranked=matches.ranked,
            selection=self._selection,
            notes=notes,
        )
        if self._boundary is not None:
            near = counted_boundaries(true, found, matches.counted, self._boundary)
            self._boundaries += near
            image = replace(image, boundary=self._boundary, boundary_f=near.score().f)
        self._mask_notes += notes
        self._ranked &= matches.ranked
        self._matches.append(matches.coco)
        self._counts.append(matches.counts)
        self._matched_iou.append(matches.matched_iou)
        self._precision_recall.append(precision_recall(matches.counted))
        self._images.append(image)
        return image

    def result(self) -> DatasetScore:
        """Return the scores of all images so far.

        Raises
        ------
        ValueError
            If there are none.
        """
        coco = accumulate(self._matches)
        counts = self._counts[0]
        for other in self._counts[1:]:
            counts += other
        pooled = assemble(
            coco,
            counts,
            np.concatenate(self._matched_iou),
            ranked=self._ranked,
            selection=self._selection,
            notes=self._notes(),
        )
        if self._boundary is not None:
            f = self._boundaries.score().f
            pooled = replace(pooled, boundary=self._boundary, boundary_f=f)
        paper = paper_score(self._precision_recall)
        return DatasetScore(pooled, tuple(self._images), coco, paper)

    def _notes(self) -> list[str]:
        """Say what concerns all images together, and how many a note on single ones concerns."""
        n = len(self._images)
        if n == 1:
            return list(self._mask_notes)
        said = Counter(self._mask_notes)
        notes = [f"{times:,} of {n:,} images: {note}" for note, times in said.items()]
        empty = sum(not one.n_truth and not one.n_prediction for one in self._images)
        if empty and empty < n:
            notes.append(
                f"{empty:,} of {n:,} images have neither true nor predicted objects: means and "
                "medians leave them out."
            )
        return notes
