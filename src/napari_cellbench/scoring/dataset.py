"""Scores of a whole data set, image after image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data import Instances
from .coco import ALL_AREAS, CocoResult, ImageMatches, accumulate
from .counts import Counts
from .overlap import as_instances, overlap
from .paper import PaperScore, paper_score, precision_recall
from .score import Score, assemble, matches_of


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
        values = np.array([getattr(image, figure) for image in self.images], float)
        values = values[~np.isnan(values)] if values.ndim == 1 else values
        if values.ndim == 1:
            return float(values.mean()) if len(values) else float("nan")
        return tuple(values.mean(axis=0).tolist())


class DatasetScorer:
    """Takes images one by one and keeps only what the scores need of them.

    That is about 20 bytes for each predicted object.

    Parameters
    ----------
    areas
        Area ranges of COCO's figures, sizes in pixels by name; must have "all".
    """

    def __init__(self, areas: Mapping[str, tuple[float, float]] = ALL_AREAS) -> None:
        self._areas = areas
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
    ) -> Score:
        """Take an image and return its own score; see `score` for the parameters."""
        predicted = as_instances(prediction)
        confidence = predicted.scores if scores is None else scores
        in_crowds = None if crowds is None else overlap(crowds, predicted)
        matches = matches_of(overlap(truth, predicted), confidence, in_crowds, self._areas)
        image = assemble(accumulate([matches.coco]), matches.counts, matches.matched_iou)
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
        pooled = assemble(coco, counts, np.concatenate(self._matched_iou))
        paper = paper_score(self._precision_recall)
        return DatasetScore(pooled, tuple(self._images), coco, paper)
