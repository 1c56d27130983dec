"""Wilcoxon's test of pairs: whether differences lie on one side by more than chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def signed_rank(differences: NDArray[np.float64]) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test, by SciPy.

    Differences of 0 say nothing and are left out; without others p is 1. It is exact for few, also
    where some are equal, and approximate for many (Wilcoxon 1945, Biometrics Bulletin 1(6), 80-83).
    """
    from scipy.stats import wilcoxon

    known = differences[differences != 0]
    # One difference is as likely on either side.
    return float(wilcoxon(known).pvalue) if len(known) > 1 else 1.0
