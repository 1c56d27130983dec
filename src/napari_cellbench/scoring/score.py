"""The figures that the score panel and ``cellbench score`` show for one image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data import Instances
from .boundary import counted_boundaries
from .coco import (
    ALL_AREAS,
    CocoResult,
    ImageMatches,
    accumulate,
    checked_scores,
    match_image,
)
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
from .selection import EVERYTHING, Selection


@dataclass(frozen=True)
class Score:
    """Scores of one prediction; `definitions.DEFINITIONS` explains each.

    A figure that is not defined is NaN here and null in JSON. Where neither truth nor prediction
    has an object, none is.

    Attributes
    ----------
    mAP, AP50, AP75, AR50, AR75
        COCO, of all detections. NaN without truth, where pycocotools gives -1; 0 where there is
        truth but no prediction.
    thresholds
        IoU .5:.05:.95.
    precision, recall, f1, accuracy
        At each threshold.
    dsb_score
        Mean accuracy over IoU .1:.05:.95.
    pq, sq, rq
        Panoptic, segmentation and recognition quality. 0 where nothing matches.
    error_rate
        (FP + FN) / (TP + FN) at IoU 0.5. NaN without truth.
    mean_iou
        Mean IoU of the pairs that match at IoU 0.5. 0 where nothing matches.
    aji
        Aggregated Jaccard index; of several images, of their pixels together.
    n_truth, n_prediction
        Numbers of objects, without those of crowd regions and those that are left out.
    splits, merges
        By the Data Science Bowl's rule; see `napari_cellbench.scoring.counts.splits_and_merges`.
    ranked
        Whether COCO's AP ranks by confidences. If not, all are 1, and objects rank by id.
    mAP_range, AP50_range, AP75_range
        Lowest and highest AP that another order would give.
    selection
        Which objects were left out.
    boundary, boundary_f
        Distance in pixels at which boundaries count as the same, and their F measure; None and NaN
        where it wasn't asked for.
    notes
        What has to be known about the figures, in sentences.
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
    aji: float
    n_truth: int
    n_prediction: int
    splits: int
    merges: int
    ranked: bool
    mAP_range: tuple[float, float]  # noqa: N815
    AP50_range: tuple[float, float]
    AP75_range: tuple[float, float]
    selection: Selection
    boundary: float | None = None
    boundary_f: float = math.nan
    notes: tuple[str, ...] = field(default=(), compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and lists for JSON, with None for what is not defined."""
        found = {name: to_plain(value) for name, value in asdict(self).items()}
        if self.boundary is None:
            del found["boundary"], found["boundary_f"]
        return found


def score(
    truth: Instances | NDArray[Any],
    prediction: Instances | NDArray[Any],
    scores: ArrayLike | None = None,
    crowds: Instances | None = None,
    *,
    edge: int = 0,
    smallest: int = 0,
    largest: int | None = None,
    boundary: float | None = None,
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
    edge, smallest, largest
        What is left out; see `napari_cellbench.scoring.selection.Selection`.
    boundary
        Distance in pixels at which boundaries count as the same; None for no boundary F, which
        takes longer than all else.

    Raises
    ------
    InputError
        If the shapes differ, an array is not a label image, or the scores or limits don't fit.
    """
    from .pieces import mask_notes

    true, found = as_instances(truth), as_instances(prediction)
    selection = Selection(edge, smallest, largest)
    matches = matches_in(true, found, scores, crowds, selection=selection)
    result = assemble(
        accumulate([matches.coco]),
        matches.counts,
        matches.matched_iou,
        ranked=matches.ranked,
        selection=selection,
        notes=mask_notes(true, found),
    )
    if boundary is None:
        return result
    counts = counted_boundaries(true, found, matches.counted, boundary)
    return replace(result, boundary=boundary, boundary_f=counts.score().f)


def score_overlap(overlap: Overlap, scores: ArrayLike | None = None) -> Score:
    """Score from an overlap that is known already; see `score`."""
    image = matches_of(overlap, scores)
    return assemble(accumulate([image.coco]), image.counts, image.matched_iou, ranked=image.ranked)


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
    ranked
        Whether the predictions have confidences.
    """

    coco: ImageMatches
    counts: Counts
    matched_iou: NDArray[np.float64]
    counted: Overlap
    ranked: bool


def matches_in(
    truth: Instances,
    prediction: Instances,
    scores: ArrayLike | None = None,
    crowds: Instances | None = None,
    areas: Mapping[str, tuple[float, float]] = ALL_AREAS,
    selection: Selection = EVERYTHING,
    true_areas: ArrayLike | None = None,
) -> Matches:
    """Compare the objects of one image, and match them in every way that a score needs.

    See `score` and `matches_of` for the parameters.
    """
    confidence = prediction.scores if scores is None else scores
    pairs = overlap_of(truth, prediction)
    in_crowds = None if crowds is None else overlap_of(crowds, prediction)
    checked = None if confidence is None else checked_scores(confidence, pairs.n_prediction)
    kept = selection.apply(pairs, truth, prediction, checked, in_crowds)
    if true_areas is not None:
        true_areas = np.asarray(true_areas)[np.isin(pairs.truth_ids, kept[0].truth_ids)]
    return matches_of(*kept, areas, true_areas)


def matches_of(
    overlap: Overlap,
    scores: ArrayLike | None = None,
    crowds: Overlap | None = None,
    areas: Mapping[str, tuple[float, float]] = ALL_AREAS,
    true_areas: ArrayLike | None = None,
) -> Matches:
    """Match the objects of one image in every way that a score needs.

    Parameters
    ----------
    overlap, crowds
        True objects, and crowd regions, with the same predictions.
    scores, areas, true_areas
        See `napari_cellbench.scoring.coco.match_image`.
    """
    sizes = overlap.truth_area if true_areas is None else np.asarray(true_areas, float)
    if crowds is None:
        coco, counted = match_image(overlap, scores, areas=areas, true_areas=sizes), overlap
    else:
        together, is_crowd = with_crowds(overlap, crowds)
        sizes = np.concatenate([sizes, crowds.truth_area])
        coco = match_image(together, scores, is_crowd, areas, true_areas=sizes)
        counted = without_crowded(overlap, crowds)
    counts = count(counted, DSB_THRESHOLDS)
    ranked = scores is not None
    return Matches(coco, counts, counted.iou[matched_pairs(counted)], counted, ranked)


def assemble(
    coco: CocoResult,
    counts: Counts,
    matched_iou: NDArray[np.float64],
    *,
    ranked: bool,
    selection: Selection = EVERYTHING,
    notes: Sequence[str] = (),
) -> Score:
    """Put a score together, of one image or of many.

    Parameters
    ----------
    coco
        Precision and recall over the images.
    counts
        Their matches at `DSB_THRESHOLDS`.
    matched_iou
        IoU of all pairs that match at IoU 0.5.
    ranked
        Whether all predictions have confidences.
    selection
        Which objects are left out of all this.
    notes
        What else has to be known; those on the figures themselves come behind.
    """
    from .notes import figure_notes

    above = slice(len(DSB_THRESHOLDS) - len(THRESHOLDS), None)
    upper = Counts(counts.thresholds[above], counts.tp[above], counts.n_truth, counts.n_prediction)
    panoptic = panoptic_quality(matched_iou, counts.n_truth, counts.n_prediction)
    found = Score(
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
        aji=counts.aji,
        n_truth=counts.n_truth,
        n_prediction=counts.n_prediction,
        splits=counts.splits,
        merges=counts.merges,
        ranked=ranked,
        mAP_range=coco.ap_range(),
        AP50_range=coco.ap_range(0.5),
        AP75_range=coco.ap_range(0.75),
        selection=selection,
    )
    said = (*notes, *figure_notes(found, coco.most_detections))
    return replace(found, notes=said)


def to_plain(value: Any) -> Any:
    """Return a figure, or a list of figures, for JSON: None where it isn't defined."""
    if isinstance(value, list | tuple):
        return [to_plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
