"""Accuracy by a property of the cells, such as their size, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Share:
    """Which part of the cells of each bin is right.

    Attributes
    ----------
    right, total : (B,) int64
        Cells of the bin.
    low, high : (B,) float64
        Wilson's interval of the part; NaN for an empty bin.
    """

    right: Int64
    total: Int64
    low: Float64
    high: Float64

    @property
    def value(self) -> Float64:
        """The part, (B,); NaN for an empty bin."""
        return np.where(self.total, self.right / np.maximum(self.total, 1), np.nan)


@dataclass(frozen=True, eq=False)
class Strata:
    """Recall of true and precision of predicted cells by bin.

    Attributes
    ----------
    edges : (B + 1,) float64
        Bin b holds what is at least ``edges[b]`` and below ``edges[b + 1]``; the first and the last
        bin also hold what lies beyond.
    recall
        Of the true cells, those that are found.
    precision
        Of the predicted cells, by their own property, those that are right.
    """

    edges: Float64
    recall: Share
    precision: Share

    @property
    def f1(self) -> Float64:
        """Harmonic mean of both, (B,); NaN where one isn't defined, 0 where both are 0."""
        recall, precision = self.recall.value, self.precision.value
        both = recall + precision
        return np.where(both == 0, 0.0, 2 * recall * precision / np.where(both == 0, 1.0, both))


def strata(
    true_values: ArrayLike,
    found: ArrayLike,
    predicted_values: ArrayLike,
    right: ArrayLike,
    edges: ArrayLike,
) -> Strata:
    """Sort cells into bins by a property and count in each how many are right.

    Parameters
    ----------
    true_values, found : (G,)
        The property of each true cell, and whether it is found.
    predicted_values, right : (D,)
        The property of each predicted cell, and whether it has a match.
    edges : (B + 1,)
        Ascending; see `quantile_edges`. Cells whose property is NaN are in no bin.

    Raises
    ------
    InputError
        If the edges don't ascend, or values and flags differ in number.
    """
    bounds = np.asarray(edges, float)
    if bounds.ndim != 1 or len(bounds) < 2 or not (np.diff(bounds) > 0).all():
        raise InputError("Bin edges must be two numbers or more that ascend.")
    return Strata(
        bounds,
        _share(np.asarray(true_values, float), np.asarray(found, bool), bounds),
        _share(np.asarray(predicted_values, float), np.asarray(right, bool), bounds),
    )


def quantile_edges(values: ArrayLike, bins: int) -> Float64:
    """Return edges of bins that hold about equally many of the values.

    Returns
    -------
    (B + 1,) float64
        At most `bins` bins: fewer where many values are equal, and one of width 1 where all are.

    Raises
    ------
    InputError
        If there is no value.
    """
    numbers = np.asarray(values, float)
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        raise InputError("There are no cells to sort into bins.")
    edges: Float64 = np.unique(np.quantile(numbers, np.linspace(0, 1, bins + 1)))
    return edges if len(edges) > 1 else np.array([edges[0], edges[0] + 1])


def wilson(
    right: Sequence[int] | Int64, total: Sequence[int] | Int64, level: float = 0.95
) -> tuple[Float64, Float64]:
    """Return the score interval of Wilson 1927, doi:10.1080/01621459.1927.10502953.

    Parameters
    ----------
    right, total : (B,)
        Successes and trials.
    level
        How often such an interval covers the true part.

    Returns
    -------
    low, high : (B,) float64
        NaN without trials.
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    k, n = np.asarray(right, float), np.asarray(total, float)
    n = np.where(n > 0, n, np.nan)
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    # Rounding must not lead out of [0, 1].
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def _share(values: Float64, right: NDArray[np.bool_], edges: Float64) -> Share:
    if values.shape != right.shape or values.ndim != 1:
        raise InputError(f"{values.size} values but {right.size} cells: give one per cell.")
    known = ~np.isnan(values)
    n = len(edges) - 1
    bins = np.digitize(values[known], edges[1:-1])
    total = np.bincount(bins, minlength=n)
    good = np.bincount(bins[right[known]], minlength=n)
    return Share(good, total, *wilson(good, total))
