"""How far two people agree, and how good a method could be at best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from .score import Score, score


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
        """Inter-annotator error rate at IoU 0.5, mean over images that have truth."""
        rates = [image.error_rate for image in self.images if image.n_truth]
        return float(np.mean(rates)) if rates else float("nan")

    @property
    def accuracy(self) -> float:
        """TP / (TP + FP + FN) at IoU 0.5, mean over images; the same either way round."""
        return float(np.mean([image.accuracy[0] for image in self.images]))

    @property
    def consensus_error_rate(self) -> float:
        """Error rate to be expected of the consensus of many annotators: half that between two.

        Two annotators who err independently differ about twice as often from each other as from
        what most would agree on (Cellpose-SAM paper, "Human-consensus bound"). A method between
        the two figures is better than a person and worse than the consensus.
        """
        return self.error_rate / 2


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
