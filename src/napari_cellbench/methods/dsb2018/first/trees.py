"""Regression by gradient-boosted trees, small enough to be kept as text in a checkpoint.

Source: Friedman 2001, Greedy Function Approximation: A Gradient Boosting Machine, Ann. Stat. 29.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....errors import CheckpointError

DEPTH = 3
INNER, LEAVES = 2**DEPTH - 1, 2**DEPTH
ROUNDS, RATE = 100, 0.1
"""Most trees of a fold, and how much of what is left each one corrects."""
PATIENCE = 5
"""Rounds without improvement on the images that are left out, after which a fold ends."""
FOLDS = 3
BINS = 32
"""Steps in which a feature is divided."""
FEWEST = 5
"""Examples on each side of a split."""
LARGEST = 2**16
"""Trees that a checkpoint may hold."""

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees of depth 3, whose answers are summed.

    Attributes
    ----------
    feature, threshold : (T, 7)
        Of each split, from the root on: values above go to the right. An infinite threshold is no
        split.
    value : (T, 8)
        Of each leaf.
    base
        To which they are added.
    features
        How many each example has.
    """

    feature: Integers
    threshold: Floats
    value: Floats
    base: float
    features: int

    def predict(self, examples: Floats) -> Floats:
        """Map (N, features) to (N,)."""
        found = np.full(len(examples), self.base)
        rows = np.arange(len(examples))
        for feature, threshold, value in zip(self.feature, self.threshold, self.value, strict=True):
            node = np.zeros(len(examples), np.intp)
            for _ in range(DEPTH):
                node = 2 * node + 1 + (examples[rows, feature[node]] > threshold[node])
            found += value[node - INNER]
        return found

    def to_json(self) -> str:
        """Return the text to keep in a checkpoint."""
        return json.dumps(
            {
                "feature": self.feature.tolist(),
                # JSON has no infinity.
                "threshold": np.nan_to_num(self.threshold, posinf=1e300).tolist(),
                "value": self.value.tolist(),
                "base": self.base,
            }
        )

    @classmethod
    def from_json(cls, text: str, features: int) -> Forest:
        """Read the text of a checkpoint.

        Raises
        ------
        CheckpointError
            If it is damaged, or of other features.
        """
        try:
            values = json.loads(text)
            feature = np.array(values["feature"], np.intp)
            threshold, value = (np.array(values[k], float) for k in ("threshold", "value"))
            base = float(values["base"])
            count = len(feature)
            is_whole = (
                count <= LARGEST
                and feature.shape == threshold.shape == (count, INNER)
                and value.shape == (count, LEAVES)
                and ((feature >= 0) & (feature < features)).all()
                and np.isfinite(threshold).all()
                and np.isfinite([base, *value.ravel()]).all()
            )
        except (TypeError, ValueError, KeyError, OverflowError, RecursionError):
            is_whole = False
        if not is_whole:
            raise CheckpointError("The checkpoint's trees are damaged, or of another version.")
        return cls(feature, threshold, value, base, features)


def grow_forest(examples: Floats, truth: Floats, groups: Integers, seed: int = 0) -> Forest:
    """Fit trees: for each fold on the other folds, until it gets no better on this one.

    Parameters
    ----------
    examples : (N, F)
    truth : (N,)
    groups : (N,)
        Examples of one group (an image) are in one fold.
    seed
        Of the division into folds.
    """
    base = float(truth.mean())
    edges = np.quantile(examples, np.linspace(0, 1, BINS + 1)[1:-1], axis=0)
    columns = zip(edges.T, examples.T, strict=True)
    # A value that equals an edge lies below it, as in `Forest.predict`.
    bins = np.stack([np.searchsorted(edge, column) for edge, column in columns], 1)
    numbers = np.unique(groups)
    fold_of = np.random.default_rng(seed).permutation(len(numbers)) % FOLDS
    folds = fold_of[np.searchsorted(numbers, groups)]
    # A fold is grown where there is something to learn from, and something to stop by.
    divisions = [folds == fold for fold in range(FOLDS) if 0 < (folds == fold).mean() < 1]
    trees = [tree for held in divisions for tree in _grown(bins, edges, truth - base, ~held, held)]
    if not trees:
        none = np.zeros((0, INNER))
        return Forest(none.astype(np.intp), none, np.zeros((0, LEAVES)), base, examples.shape[1])
    feature, threshold, value = (np.stack(part) for part in zip(*trees, strict=True))
    return Forest(feature, threshold, value / len(divisions), base, examples.shape[1])


Tree = tuple[Integers, Floats, Floats]


def _grown(
    bins: Integers, edges: Floats, truth: Floats, used: NDArray[np.bool_], held: NDArray[np.bool_]
) -> list[Tree]:
    """Return the trees of a fold up to the round that was best on what is held out."""
    left = truth.astype(float)
    trees: list[Tree] = []
    best, kept = np.inf, 0
    for _ in range(ROUNDS):
        feature, cut, value, leaf = _tree(bins, left, used)
        left = left - value[leaf]
        # Thresholds are edges of bins; the last bin has none.
        threshold = np.where(
            cut < len(edges), edges[np.minimum(cut, len(edges) - 1), feature], np.inf
        )
        trees.append((feature, threshold, value))
        error = float((left[held] ** 2).mean())
        if error < best - 1e-9:
            best, kept = error, len(trees)
        elif len(trees) - kept >= PATIENCE:
            break
    return trees[:kept]


def _tree(
    bins: Integers, left: Floats, used: NDArray[np.bool_]
) -> tuple[Integers, Integers, Floats, Integers]:
    """Fit one tree to what is left; return its splits, its leaves and where each example ends."""
    feature = np.zeros(INNER, np.intp)
    cut = np.full(INNER, BINS)
    node = np.zeros(len(bins), np.intp)
    for number in range(INNER):
        here = np.flatnonzero((node == number) & used)
        feature[number], cut[number] = _split(bins[here], left[here])
        inside = node == number
        node[inside] = 2 * number + 1 + (bins[inside, feature[number]] > cut[number])
    leaf = node - INNER
    sums = np.bincount(leaf[used], left[used], LEAVES)
    counts = np.bincount(leaf[used], minlength=LEAVES)
    return feature, cut, RATE * sums / np.maximum(counts, 1), leaf


def _split(bins: Integers, left: Floats) -> tuple[int, int]:
    """Return the feature and the last bin below, of the split that explains most."""
    count, features = bins.shape
    if count < 2 * FEWEST:
        return 0, BINS
    places = (bins + BINS * np.arange(features)).ravel()
    size = BINS * features
    sums = np.bincount(places, np.repeat(left, features), size).reshape(features, BINS).cumsum(1)
    counts = np.bincount(places, minlength=size).reshape(features, BINS).cumsum(1)
    others = count - counts
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = sums**2 / counts + (left.sum() - sums) ** 2 / others
    gain[(counts < FEWEST) | (others < FEWEST)] = -np.inf
    where = int(gain.argmax())
    if gain.flat[where] <= left.sum() ** 2 / count + 1e-12:
        return 0, BINS
    return divmod(where, BINS)
