"""What has to be known about figures, in sentences: they stand beside the numbers everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .coco import MAX_DETECTIONS

if TYPE_CHECKING:
    from .score import Score

NO_SCORES = (
    "No score per object is known, so COCO's ranking is undefined: all scores are 1, and objects "
    "rank by id, which is pycocotools' tie order."
)
EMPTY = (
    "Neither truth nor prediction has an object, so no figure is defined; such an image is left "
    "out of means and medians."
)
NO_TRUTH = "The truth has no object: AP, AR and the error rate are not defined."


def figure_notes(score: Score, most_detections: int) -> list[str]:
    """Say what a score's figures alone don't.

    Parameters
    ----------
    score
        The figures.
    most_detections
        Number of predictions in the image that has most.
    """
    notes = [score.selection.describe()]
    if not score.n_truth:
        notes.append(NO_TRUTH if score.n_prediction else EMPTY)
    if not score.ranked:
        notes.append(ranking_note(score))
    if most_detections > MAX_DETECTIONS:
        notes.append(
            f"An image has {most_detections:,} predicted objects. All of them count in COCO's "
            f"figures; programs with maxDets {MAX_DETECTIONS} stop at the first "
            f"{MAX_DETECTIONS:,} and give lower ones."
        )
    return [note for note in notes if note]


def ranking_note(score: Score) -> str:
    """Say what AP would be in another order of the objects; empty where it would be the same."""
    text = _spans(score)
    if not text:
        return ""
    return (
        f"{NO_SCORES} Other ids would give {text}: don't compare it with AP that is ranked by "
        "scores."
    )


def notes_together(scores: Sequence[tuple[str, Score]]) -> list[str]:
    """Say what has to be known about several scores: each note once, with the names it is of.

    Parameters
    ----------
    scores
        Names and scores.
    """
    said: dict[str, list[str]] = {}
    for name, score in scores:
        for note in score.notes:
            if not note.startswith(NO_SCORES):
                said.setdefault(note, []).append(name)
    notes = [
        note if len(names) == len(scores) else f"{', '.join(names)}: {note}"
        for note, names in said.items()
    ]
    unranked = [
        f"{name} ({text} by other ids)" if (text := _spans(score)) else name
        for name, score in scores
        if not score.ranked
    ]
    if unranked:
        notes.append(
            f"¹ {NO_SCORES} So for: {', '.join(unranked)}. Don't compare it with AP that is ranked "
            "by scores."
        )
    return notes


def _spans(score: Score) -> str:
    spans = [
        f"{name} from {low:.3f} to {high:.3f}"
        for name, (low, high) in (
            ("mAP", score.mAP_range),
            ("AP50", score.AP50_range),
            ("AP75", score.AP75_range),
        )
        if not math.isnan(low) and f"{low:.3f}" != f"{high:.3f}"
    ]
    return ", ".join(spans)
