"""What each figure means: at least five different figures are published as "AP".

Hirling et al. 2023 (doi:10.1038/s41592-023-01942-8) count them; a number without its definition
can't be compared with anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

COCO = "COCO, Lin et al. 2014; as pycocotools computes it"
BENCHMARK = "Wang et al., A systematic evaluation of computation methods for cell segmentation"
DSB = "Caicedo et al. 2019, doi:10.1038/s41592-019-0612-7"
CPSAM = "Pachitariu, Rariden & Stringer 2025, doi:10.1101/2025.04.28.651001"
PANOPTIC = "Kirillov et al. 2019, doi:10.1109/CVPR.2019.00963"
STARDIST = "Schmidt et al. 2018, doi:10.1007/978-3-030-00934-2_30; stardist.matching"
DEEPCELL = "deepcell-toolbox, ObjectAccuracy"

_NO_SCORES = (
    " Ranked by the method's confidence. Where a method gives none, the ranking is undefined: all "
    "objects count with 1 and keep the order of their ids."
)


@dataclass(frozen=True)
class Definition:
    """How a figure is computed, and who defined it.

    Attributes
    ----------
    name
        What to call it on screen, so that it can't be taken for another.
    formula
        In words and symbols.
    source
        Publication or program.
    higher_is_better
        Which way is good.
    """

    name: str
    formula: str
    source: str
    higher_is_better: bool = True


_IOU = "IoU .5:.05:.95"

DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    {
        "mAP": Definition(
            "COCO mAP",
            f"Mean of COCO AP over {_IOU}; all detections count." + _NO_SCORES,
            COCO,
        ),
        "AP50": Definition(
            "COCO AP at IoU 0.5",
            "Area under the precision-recall curve over all images, precision made monotonic and "
            "read at recall 0, 0.01 .. 1." + _NO_SCORES,
            COCO,
        ),
        "AP75": Definition("COCO AP at IoU 0.75", "As AP at IoU 0.5, at IoU 0.75.", COCO),
        "AR50": Definition("COCO recall at IoU 0.5", "Highest recall; all detections count.", COCO),
        "AR75": Definition(
            "COCO recall at IoU 0.75", "Highest recall; all detections count.", COCO
        ),
        "precision": Definition("Precision", "TP / (TP + FP), objects matched one to one", DSB),
        "recall": Definition("Recall", "TP / (TP + FN), objects matched one to one", DSB),
        "f1": Definition("F1", "2 TP / (2 TP + FP + FN), objects matched one to one", DSB),
        "accuracy": Definition(
            "Accuracy (StarDist's and Cellpose's AP)",
            "TP / (TP + FP + FN), objects matched one to one. No confidence is used.",
            STARDIST,
        ),
        "dsb_score": Definition(
            "Data Science Bowl score S",
            "Mean of TP / (TP + FP + FN) over IoU .1:.05:.95. (The competition's website began "
            "at 0.5.)",
            DSB,
        ),
        "pq": Definition(
            "Panoptic quality", "SQ x RQ, with matches at IoU >= 0.5 as stardist counts", PANOPTIC
        ),
        "sq": Definition("Segmentation quality", "Mean IoU of the matches at IoU 0.5", PANOPTIC),
        "rq": Definition("Recognition quality", "F1 at IoU 0.5", PANOPTIC),
        "error_rate": Definition(
            "Error rate", "(FP + FN) / (TP + FN) at IoU 0.5; may exceed 1", CPSAM, False
        ),
        "mean_iou": Definition(
            "Mean matched IoU", "Mean IoU of the pairs that match at IoU 0.5", STARDIST
        ),
        "mean_best_iou": Definition(
            "Mean best IoU",
            "Mean over true objects of the highest IoU with any prediction (equation 2)",
            BENCHMARK,
        ),
        "paper_mAP": Definition(
            "Benchmark paper's mAP",
            f"Mean over {_IOU} of equation 3: area under the interpolated curve of per-image "
            "precision against per-image recall, from the second image on. Objects need not be "
            "matched one to one; no confidence is used.",
            BENCHMARK,
        ),
        "paper_AR": Definition(
            "Benchmark paper's AR", "Mean over images of the recall (equation 4)", BENCHMARK
        ),
        "task_accuracy": Definition(
            "Task accuracy", "Mean of mAP, AP50, AP75, AR50 and AR75", BENCHMARK
        ),
        "aji": Definition(
            "Aggregated Jaccard index",
            "Sum of intersections / (sum of unions + area of predictions never taken); each true "
            "object takes the prediction of highest IoU",
            "Kumar et al. 2017, doi:10.1109/TMI.2017.2677499",
        ),
        "boundary_f": Definition(
            "Boundary F",
            "Harmonic mean of the parts of the predicted and of the true boundary that lie within "
            "a tolerance of the other",
            "Csurka et al. 2013, doi:10.5244/C.27.32",
        ),
        "split": Definition("Splits (deepcell)", "True objects in several pieces", DEEPCELL, False),
        "merge": Definition(
            "Merges (deepcell)", "Predictions that join several objects", DEEPCELL, False
        ),
        "splits": Definition(
            "Splits (Data Science Bowl)",
            "True objects with an IoU above 0.1 with several predictions",
            DSB,
            False,
        ),
        "merges": Definition(
            "Merges (Data Science Bowl)",
            "Predictions with an IoU above 0.1 with several true objects",
            DSB,
            False,
        ),
        "missed_detections": Definition(
            "Misses", "True objects without a prediction", DEEPCELL, False
        ),
        "gained_detections": Definition(
            "Extras", "Predictions without a true object", DEEPCELL, False
        ),
        "consensus_error_rate": Definition(
            "Human-consensus estimate",
            "Half the error rate between two annotators, which depends on who is the truth; "
            "assumes small, independent errors",
            CPSAM,
            False,
        ),
    }
)
"""By the name of the figure in results."""
