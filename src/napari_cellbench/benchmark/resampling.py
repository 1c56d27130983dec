"""How sure a difference is: intervals by resampling images, and tests of pairs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

RESAMPLES = 2000
"""Draws behind an interval."""
SURE = 0.95
"""Share of draws that an interval holds."""
EXACT = 14
"""Pairs up to which a test looks at every way to flip them, instead of drawing some."""
FLIPS = 20_000
"""Ways to flip that a test draws where there are too many."""
AT_ONCE = 4_000_000
"""Numbers that are in memory at once."""


@dataclass(frozen=True)
class Interval:
    """Where a mean may lie.

    Attributes
    ----------
    value
        Of all images.
    low, high
        What `SURE` of the draws lie between.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Paired:
    """Two methods on the same images.

    Attributes
    ----------
    first, second
        Their names.
    images
        That both have.
    difference
        Mean of the first less mean of the second, with its interval.
    p
        Of that difference if it were chance which of the two has which value, corrected for the
        number of pairs that were tested together.
    """

    first: str
    second: str
    images: int
    difference: Interval
    p: float

    @property
    def is_tie(self) -> bool:
        """Whether chance may explain the difference."""
        return not self.p < 1 - SURE

    @property
    def verdict(self) -> str:
        """Whether they differ, tie, or that there are too few images for any test to tell."""
        if not self.is_tie:
            return "differ"
        # Even if one is better on each, both ways of flipping all signs count.
        return "too few images to tell" if 2 / 2**self.images >= 1 - SURE else "tie"


def resampled_means(values: Float64, draws: int = RESAMPLES, seed: int = 0) -> Float64:
    """Return the means of images drawn with replacement.

    Parameters
    ----------
    values : (images, methods)
        All methods of a draw are of the same images, so that their differences are of pairs.
    draws, seed
        How many, and where chance begins: the same values have the same draws.

    Returns
    -------
    (draws, methods)
    """
    random, n = np.random.default_rng(seed), len(values)
    means = []
    step = max(1, AT_ONCE // n)
    for first in range(0, draws, step):
        taken = random.multinomial(n, np.full(n, 1 / n), min(step, draws - first))
        means.append(taken @ values / n)
    return np.concatenate(means)


def interval(values: Float64, draws: Float64) -> tuple[Interval, ...]:
    """Return the percentile interval of each column of draws, around its value.

    Efron & Tibshirani 1993, An Introduction to the Bootstrap, section 13.3.
    """
    low, high = np.quantile(draws, [(1 - SURE) / 2, (1 + SURE) / 2], axis=0)
    columns = zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    return tuple(Interval(*column) for column in columns)


def mean_intervals(values: Float64) -> tuple[Interval, ...]:
    """Return the mean over images of each column, with its interval."""
    return interval(values.mean(axis=0), resampled_means(values))


def flip_test(differences: Float64, seed: int = 0) -> float:
    """Return the two-sided p of a mean difference: how often flipped signs give as large a one.

    The randomisation test of pairs (Fisher 1935, The Design of Experiments, section 21): were the
    methods equal, each image's two values could as well be the other way round.

    Parameters
    ----------
    differences
        Of each image.
    seed
        Where chance begins, if there are too many ways to look at all.
    """
    n = len(differences)
    observed = abs(float(differences.sum()))
    # Sums in another order differ in the last digits.
    bound = observed - 1e-12 * float(np.abs(differences).sum())
    if n <= EXACT:
        ways = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        return float((np.abs((2 * ways - 1) @ differences) >= bound).mean())
    random, step, reached = np.random.default_rng(seed), max(1, AT_ONCE // n), 0
    for first in range(0, FLIPS, step):
        signs = random.integers(0, 2, (min(step, FLIPS - first), n), np.int8) * 2 - 1
        reached += int((np.abs(signs @ differences) >= bound).sum())
    # The observed way is one of them: Phipson & Smyth 2010, doi:10.2202/1544-6115.1585.
    return (reached + 1) / (FLIPS + 1)


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """Return p values corrected for being several (Holm 1979)."""
    order = np.argsort(ps, kind="stable")
    corrected = np.empty(len(ps))
    corrected[order] = np.maximum.accumulate(np.asarray(ps)[order] * np.arange(len(ps), 0, -1))
    return tuple(np.minimum(corrected, 1).tolist())


def paired_tests(names: Sequence[str], values: Float64) -> tuple[Paired, ...]:
    """Test every two methods on the images that all have.

    Parameters
    ----------
    names
        Of the columns.
    values : (images, methods)
        Each image's figure.
    """
    pairs = differences_of(names, values)
    if not pairs:
        return ()
    ps = holm([flip_test(one) for *_, one in pairs])
    found = mean_intervals(np.stack([one for *_, one in pairs], axis=1))
    return tuple(
        Paired(first, second, len(values), mean, p)
        for (first, second, _), mean, p in zip(pairs, found, ps, strict=True)
    )


def differences_of(names: Sequence[str], values: Float64) -> list[tuple[str, str, Float64]]:
    """Return every two columns of (images, methods) values, and how each image differs."""
    return [
        (names[i], names[j], values[:, i] - values[:, j])
        for i, j in itertools.combinations(range(len(names)), 2)
    ]
