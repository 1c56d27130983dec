"""Wilcoxon's test of pairs: whether one method is better than another on most images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scoring.signed_rank import signed_rank
from .resampling import SURE, differences_of, holm

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class SignedRank:
    """Two methods on the same images.

    Attributes
    ----------
    first, second
        Their names.
    images
        Without those on which both are equal, which say nothing.
    better
        Images on which the first is higher.
    p
        Two-sided, corrected for the number of pairs that were tested together; 1 without images.
    """

    first: str
    second: str
    images: int
    better: int
    p: float

    @property
    def is_tie(self) -> bool:
        """Whether chance may explain which one is higher."""
        return not self.p < 1 - SURE


def signed_rank_tests(names: Sequence[str], values: Float64) -> tuple[SignedRank, ...]:
    """Test every two methods on the images that all have.

    Parameters
    ----------
    names
        Of the columns.
    values : (images, methods)
        Each image's figure.
    """
    pairs = differences_of(names, values)
    corrected = holm([signed_rank(one) for *_, one in pairs])
    return tuple(
        SignedRank(first, second, int((one != 0).sum()), int((one > 0).sum()), p)
        for (first, second, one), p in zip(pairs, corrected, strict=True)
    )
