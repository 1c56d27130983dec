"""The measures of the benchmark paper.

They are those of Wang et al., *A systematic evaluation of computation methods for cell
segmentation*, and differ from COCO's of the same names: objects are not matched one to one, no
confidence is used, and the precision-recall curve has one point per image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .counts import THRESHOLDS
from .overlap import Overlap

Float64 = NDArray[np.float64]


class FiveMetrics(Protocol):
    """Whatever has the five figures that make a task's accuracy."""

    @property
    def mAP(self) -> float: ...  # noqa: D102, N802
    @property
    def AP50(self) -> float: ...  # noqa: D102, N802
    @property
    def AP75(self) -> float: ...  # noqa: D102, N802
    @property
    def AR50(self) -> float: ...  # noqa: D102, N802
    @property
    def AR75(self) -> float: ...  # noqa: D102, N802


@dataclass(frozen=True, eq=False)
class PaperScore:
    """Average precision and recall over a set of images.

    Attributes
    ----------
    ap, ar : (10,) float64
        Equations 3 and 4 at IoU .5:.05:.95. NaN where they are not defined: without an image that
        has truth, and AP with fewer than two.
    """

    ap: Float64
    ar: Float64

    @property
    def mAP(self) -> float:  # noqa: N802
        """Mean of AP over the thresholds."""
        return float(self.ap.mean())

    @property
    def AP50(self) -> float:  # noqa: N802
        """AP at IoU 0.5."""
        return float(self.ap[0])

    @property
    def AP75(self) -> float:  # noqa: N802
        """AP at IoU 0.75."""
        return float(self.ap[5])

    @property
    def AR50(self) -> float:  # noqa: N802
        """AR at IoU 0.5."""
        return float(self.ar[0])

    @property
    def AR75(self) -> float:  # noqa: N802
        """AR at IoU 0.75."""
        return float(self.ar[5])


def best_ious(overlap: Overlap) -> tuple[Float64, Float64]:
    """Return the highest IoU of each prediction (equation 1) and of each true object (2).

    Returns
    -------
    of_prediction, of_truth : (D,), (G,) float64
        0 where nothing overlaps.
    """
    of_prediction, of_truth = np.zeros(overlap.n_prediction), np.zeros(overlap.n_truth)
    np.maximum.at(of_prediction, overlap.prediction_index, overlap.iou)
    np.maximum.at(of_truth, overlap.truth_index, overlap.iou)
    return of_prediction, of_truth


def mean_best_iou(overlap: Overlap) -> float:
    """Return the mean over true objects of their highest IoU, as in Figure 5; NaN without any."""
    return float(best_ious(overlap)[1].mean()) if overlap.n_truth else float("nan")


def precision_recall(overlap: Overlap) -> tuple[Float64, Float64]:
    """Return an image's precision and recall at IoU .5:.05:.95.

    A prediction is a true positive if it reaches the threshold with any true object; a true object
    is a false negative if it reaches it with no prediction. So two predictions may share one true
    object. Precision is 0 without predictions, recall NaN without true objects.

    Returns
    -------
    precision, recall : (10,) float64
    """
    of_prediction, of_truth = best_ious(overlap)
    thresholds = np.array(THRESHOLDS)[:, None]
    tp = (of_prediction >= thresholds).sum(axis=1)
    fn = (of_truth < thresholds).sum(axis=1)
    precision = tp / max(overlap.n_prediction, 1)
    if not overlap.n_truth:
        return precision, np.full(len(THRESHOLDS), np.nan)
    # No division by 0: a true object without false negative has a true positive.
    return precision, tp / (tp + fn)


def paper_score(images: Sequence[tuple[Float64, Float64]]) -> PaperScore:
    """Return average precision and recall over images (equations 3 and 4).

    Parameters
    ----------
    images
        `precision_recall` of each image. Those without truth have no recall and are left out.
    """
    with_truth = [image for image in images if not np.isnan(image[1][0])]
    if not with_truth:
        undefined = np.full(len(THRESHOLDS), np.nan)
        return PaperScore(undefined, undefined)
    precision, recall = np.swapaxes(np.array(with_truth), 0, 1)
    order = np.argsort(recall, axis=0, kind="stable")
    precision = np.take_along_axis(precision, order, axis=0)
    recall = np.take_along_axis(recall, order, axis=0)
    interpolated = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    ap = (np.diff(recall, axis=0) * interpolated[1:]).sum(axis=0)
    if len(with_truth) < 2:
        ap = np.full(len(THRESHOLDS), np.nan)
    return PaperScore(ap, recall.mean(axis=0))


def task_accuracy(figures: FiveMetrics) -> float:
    """Return a task's accuracy: the mean of mAP, AP50, AP75, AR50 and AR75."""
    return (figures.mAP + figures.AP50 + figures.AP75 + figures.AR50 + figures.AR75) / 5
