"""The errors of a segmentation as a list of what is to be corrected."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ObjectErrors
from .overlap import Overlap


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
