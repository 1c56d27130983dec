"""How far two people agree, and how good a method could be at best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from .score import Score, score

SMALL = 0.5
"""Error rates above this are not small: every second cell is wrong."""


@dataclass(frozen=True)
class Agreement:
    """One annotator scored against another.

    Attributes
    ----------
    images
        The second annotator's score with the first as truth, by image.
    """

    images: tuple[Score, ...]

    @property
    def error_rate(self) -> float:
        """Error rate at IoU 0.5 with the first as truth, mean over images where that has cells."""
        return _mean(image.error_rate for image in self.images)

    @property
    def swapped_error_rate(self) -> float:
        """Error rate with the second as truth: the same errors by the other number of cells."""
        return _mean(
            image.error_rate * image.n_truth / image.n_prediction
            if image.n_truth
            else 1.0  # all cells of the second are missed
            for image in self.images
            if image.n_prediction
        )

    @property
    def accuracy(self) -> float:
        """TP / (TP + FP + FN) at IoU 0.5, mean over images; the same either way round."""
        return _mean(image.accuracy[0] for image in self.images)

    @property
    def consensus_error_rate(self) -> float:
        """Error rate to be expected of the consensus of many annotators: half that between two.

        Two annotators who err independently differ about twice as often from each other as from
        what most would agree on (Cellpose-SAM paper, "Human-consensus bound"). A method between
        the two figures is better than a person and worse than the consensus. It holds where errors
        are few: then it hardly matters who is taken as the truth. Where `error_rate` and
        `swapped_error_rate` differ much, half of neither says anything.
        """
        return self.error_rate / 2

    def describe(self, first: str, second: str) -> str:
        """Say what the figures mean, for annotators of these names."""
        rate, swapped = self.error_rate, self.swapped_error_rate
        return (
            f"Between the annotators {first} and {second} the error rate is {rate:.3f} with the "
            f"first as truth, {swapped:.3f} with the second. A method that reaches it is as good "
            f"as a person. Half of it, {rate / 2:.3f} or {swapped / 2:.3f}, is the estimate for "
            "the consensus of many (Cellpose-SAM paper), which assumes small and independent errors"
            + (": these aren't small." if not max(rate, swapped) <= SMALL else ".")
        )


def agreement(
    pairs: Iterable[tuple[Instances | NDArray[Any], Instances | NDArray[Any]]],
) -> Agreement:
    """Score a second annotator against the first.

    Parameters
    ----------
    pairs
        (first, second) annotation of each image.

    Raises
    ------
    ValueError
        If there are no images.
    """
    images = tuple(score(first, second) for first, second in pairs)
    if not images:
        raise ValueError("Give at least one image.")
    return Agreement(images)


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
