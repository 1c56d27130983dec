"""Losses of DeepCell's networks of pixel classes."""

from __future__ import annotations

from torch import Tensor

SMALLEST = 1e-7
"""Probabilities are kept this far from 0 and 1."""


def weighted_cross_entropy(probabilities: Tensor, truth: Tensor) -> Tensor:
    """Return the cross-entropy of each pixel, weighted against the frequency of its class.

    A class weighs total / (classes * (its pixels + 1)) in the batch, total being all pixels.

    Parameters
    ----------
    probabilities, truth : (N, K, Y, X)
        Of K classes; the truth is 0 or 1.

    Returns
    -------
    (N, Y, X)
    """
    counts = truth.sum((0, 2, 3))
    weights = counts.sum() / (len(counts) * (counts + 1))
    shares = probabilities / probabilities.sum(1, keepdim=True)
    log = shares.clamp(SMALLEST, 1 - SMALLEST).log()
    return -(truth * log * weights[:, None, None]).sum(1)
