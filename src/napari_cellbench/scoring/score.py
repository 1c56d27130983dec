"""The figures that the score panel and ``cellbench score`` show for one image."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data import Instances
from .coco import ALL_AREAS, CocoResult, ImageMatches, accumulate, match_image
from .counts import (
    DSB_THRESHOLDS,
    THRESHOLDS,
    Counts,
    count,
    matched_pairs,
    panoptic_quality,
)
from .crowds import with_crowds, without_crowded
from .overlap import Overlap, as_instances
from .overlap import overlap as overlap_of


@dataclass(frozen=True)
class Score:
    """Scores of one prediction; `definitions.DEFINITIONS` explains each.

    A figure that is not defined, because there is no true object, is NaN here and null in JSON.

    Attributes
    ----------
    mAP, AP50, AP75, AR50, AR75
        COCO, at most 3000 detections. NaN without truth, where pycocotools gives -1; 0 where there
        is truth but no prediction.
    thresholds
        IoU .5:.05:.95.
    precision, recall, f1, accuracy
        At each threshold. 0 without truth or prediction, as stardist gives.
    dsb_score
        Mean accuracy over IoU .1:.05:.95.
    pq, sq, rq
        Panoptic, segmentation and recognition quality. 0 where nothing matches.
    error_rate
        (FP + FN) / (TP + FN) at IoU 0.5. NaN without truth.
    mean_iou
        Mean IoU of the pairs that match at IoU 0.5. 0 where nothing matches.
    n_truth, n_prediction
        Numbers of objects, without those of crowd regions.
    """

    mAP: float  # noqa: N815 (the metric's own name)
    AP50: float
    AP75: float
    AR50: float
    AR75: float
    thresholds: tuple[float, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    accuracy: tuple[float, ...]
    dsb_score: float
    pq: float
    sq: float
    rq: float
    error_rate: float
    mean_iou: float
    n_truth: int
    n_prediction: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON, with None for what is not defined."""
        plain = asdict(self)
        for name, value in plain.items():
            if isinstance(value, tuple):
                plain[name] = list(value)
            elif isinstance(value, float) and math.isnan(value):
                plain[name] = None
        return plain


def score(
    truth: Instances | NDArray[Any],
    prediction: Instances | NDArray[Any],
    scores: ArrayLike | None = None,
    crowds: Instances | None = None,
) -> Score:
    """Score a prediction against the truth.

    Parameters
    ----------
    truth, prediction
        (Y, X) label images or `Instances`, which may overlap.
    scores : (N,)
        Confidence of each predicted object, in ascending order of the ids. By default those of
        `prediction`. Without any, COCO's ranking is undefined: all are 1, and objects rank by id.
    crowds
        Regions of many cells that are not outlined one by one: what is found there counts neither
        as right nor as wrong. See `napari_cellbench.scoring.crowds`.

    Raises
    ------
    InputError
        If the shapes differ, an array is not a label image, or the scores don't fit.
    """
    predicted = as_instances(prediction)
    confidence = predicted.scores if scores is None else scores
    in_crowds = None if crowds is None else overlap_of(crowds, predicted)
    return score_overlap(overlap_of(truth, predicted), confidence, in_crowds)


def score_overlap(
    overlap: Overlap, scores: ArrayLike | None = None, crowds: Overlap | None = None
) -> Score:
    """Score from overlaps that are known already; see `score`."""
    image = matches_of(overlap, scores, crowds)
    return assemble(accumulate([image.coco]), image.counts, image.matched_iou)


@dataclass(frozen=True, eq=False)
class Matches:
    """What became of the objects of one image; matches of many images make a score together.

    Attributes
    ----------
    coco
        By COCO's rules.
    counts
        At `DSB_THRESHOLDS`.
    matched_iou
        IoU of all pairs that match at IoU 0.5.
    counted
        The overlap that the counts come from: without the predictions in crowd regions.
    """

    coco: ImageMatches
    counts: Counts
    matched_iou: NDArray[np.float64]
    counted: Overlap


def matches_of(
    overlap: Overlap,
    scores: ArrayLike | None = None,
    crowds: Overlap | None = None,
    areas: Mapping[str, tuple[float, float]] = ALL_AREAS,
) -> Matches:
    """Match the objects of one image in every way that a score needs.

    Parameters
    ----------
    overlap, crowds
        True objects, and crowd regions, with the same predictions.
    scores, areas
        See `napari_cellbench.scoring.coco.match_image`.
    """
    if crowds is None:
        coco, counted = match_image(overlap, scores, areas=areas), overlap
    else:
        together, is_crowd = with_crowds(overlap, crowds)
        coco = match_image(together, scores, is_crowd, areas)
        counted = without_crowded(overlap, crowds)
    counts = count(counted, DSB_THRESHOLDS)
    return Matches(coco, counts, counted.iou[matched_pairs(counted)], counted)


def assemble(coco: CocoResult, counts: Counts, matched_iou: NDArray[np.float64]) -> Score:
    """Put a score together, of one image or of many.

    Parameters
    ----------
    coco
        Precision and recall over the images.
    counts
        Their matches at `DSB_THRESHOLDS`.
    matched_iou
        IoU of all pairs that match at IoU 0.5.
    """
    above = slice(len(DSB_THRESHOLDS) - len(THRESHOLDS), None)
    upper = Counts(counts.thresholds[above], counts.tp[above], counts.n_truth, counts.n_prediction)
    panoptic = panoptic_quality(matched_iou, counts.n_truth, counts.n_prediction)
    return Score(
        mAP=coco.ap(),
        AP50=coco.ap(0.5),
        AP75=coco.ap(0.75),
        AR50=coco.ar(0.5),
        AR75=coco.ar(0.75),
        thresholds=THRESHOLDS,
        precision=tuple(upper.precision.tolist()),
        recall=tuple(upper.recall.tolist()),
        f1=tuple(upper.f1.tolist()),
        accuracy=tuple(upper.accuracy.tolist()),
        dsb_score=float(counts.accuracy.mean()),
        pq=panoptic.pq,
        sq=panoptic.sq,
        rq=panoptic.rq,
        error_rate=float(upper.error_rate[0]),
        mean_iou=panoptic.sq,
        n_truth=counts.n_truth,
        n_prediction=counts.n_prediction,
    )
