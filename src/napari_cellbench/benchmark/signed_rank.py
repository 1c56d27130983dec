"""Wilcoxon's test of pairs: whether one method is better than another on most images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .resampling import SURE, holm

Float64 = NDArray[np.float64]

EXACT = 50
"""Images up to which p is of all ways to flip signs; a normal distribution stands in for more."""


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


def signed_rank(differences: Float64) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test.

    W = sum of the ranks of abs(d) where d > 0, ties having the mean of theirs; images with d = 0
    are left out. Exact, by counting the ways to flip signs, up to `EXACT` images; beyond, by
    z = (W - n(n+1)/4) / sqrt(n(n+1)(2n+1)/24 - sum(t^3 - t)/48), t being the sizes of ties.
    Wilcoxon 1945, Biometrics Bulletin 1(6), 80-83.
    """
    from scipy.special import ndtr
    from scipy.stats import rankdata

    known = differences[differences != 0]
    n = len(known)
    if not n:
        return 1.0
    ranks = rankdata(np.abs(known))
    observed = float(ranks[known > 0].sum())
    middle = n * (n + 1) / 4
    if n <= EXACT:
        # Ranks of ties end in .5, so that twice each is whole.
        ways = _ways(np.rint(2 * ranks).astype(np.int64))
        away = np.abs(np.arange(len(ways)) / 2 - middle) >= abs(observed - middle) - 1e-9
        return float(ways[away].sum() / 2.0**n)
    ties = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48
    return float(2 * ndtr(-abs(observed - middle) / np.sqrt(variance)))


def signed_rank_tests(names: Sequence[str], values: Float64) -> tuple[SignedRank, ...]:
    """Test every two methods on the images that all have.

    Parameters
    ----------
    names
        Of the columns.
    values : (images, methods)
        Each image's figure.
    """
    pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    differences = [values[:, i] - values[:, j] for i, j in pairs]
    corrected = holm([signed_rank(one) for one in differences])
    return tuple(
        SignedRank(names[i], names[j], int((d != 0).sum()), int((d > 0).sum()), p)
        for (i, j), d, p in zip(pairs, differences, corrected, strict=True)
    )


def _ways(ranks: NDArray[np.int64]) -> Float64:
    """Return how many of the 2^n ways to choose ranks have each sum."""
    ways = np.zeros(int(ranks.sum()) + 1)
    ways[0] = 1.0
    for rank in ranks.tolist():
        ways[rank:] += ways[:-rank].copy()
    return ways
