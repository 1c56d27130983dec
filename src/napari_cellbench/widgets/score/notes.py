"""What the Score widget says below its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...scoring.annotators import Agreement
from ...scoring.notes import notes_together
from ..layers.source import spatial_shape
from .layers import is_truth
from .types import Comparison, Failure, Result


def advice(truth: Any | None, labels: Sequence[Any], images: Sequence[Any]) -> str:
    """Say what to do while there is nothing to score.

    Parameters
    ----------
    truth
        The chosen truth layer, if any.
    labels
        All layers that can be truth or prediction.
    images
        All image layers.
    """
    if not labels and not images:
        return "Open an image with its ground truth, and segment it."
    if truth is None:
        return (
            "Choose the layer that holds the ground truth. If it is open as an image: right-click "
            "it in the layer list, “Convert to Labels”."
        )
    if len(labels) == 1:
        return "There is no prediction yet: segment the image, or open labels."
    return "Tick the predictions to score."


def notes(comparisons: Sequence[Comparison], results: Mapping[Any, Result | Failure]) -> str:
    """Say what has to be known about the figures.

    Parameters
    ----------
    comparisons
        What was compared.
    results
        By layer.
    """
    scored = [result for result in results.values() if isinstance(result, Result)]
    lines = [
        f"{layer.name}: {result.message}"
        for layer, result in results.items()
        if isinstance(result, Failure)
    ]
    if scored:
        lines.append(_truth(scored[0].score.n_truth, comparisons))
        of_truth = is_truth(comparisons[0].truth_layer)
        lines += [
            _annotators(comparisons[0].truth_layer, one)
            for one in scored
            if of_truth and is_truth(one.layer)
        ]
    lines += dict.fromkeys(note for one in comparisons for note in one.notes)
    if any(result.overlapping for result in scored):
        lines.append("Overlapping cells count whole; those that you edit, as the layer shows them.")
    if any(one.crowds for one in comparisons):
        lines.append("What is found in the truth's crowd regions is not counted.")
    lines += notes_together([(one.layer.name, one.score) for one in scored])
    return "\n".join(lines)


def _truth(n: int, comparisons: Sequence[Comparison]) -> str:
    where = " in the region" if any(one.region for one in comparisons) else ""
    text = f"The truth has {n:,} cell{'' if n == 1 else 's'}{where}."
    stacks = [
        (plane.leading, spatial_shape(layer)[:-2])
        for one in comparisons
        for plane, layer in ((one.prediction, one.layer), (one.truth, one.truth_layer))
        if plane.leading
    ]
    if stacks:
        index, lengths = stacks[0]
        places = [f"{at + 1} of {n}" for at, n in zip(index, lengths, strict=True)]
        text += f" Only the plane that is shown is scored: {', '.join(places)}."
    return text


def _annotators(truth: Any, result: Result) -> str:
    return Agreement((result.score,)).describe(truth.name, result.layer.name)
