"""Whether a label image is one: the image itself is often given in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.75
"""Least share of neighbouring pixels, both of objects, that have one id.

Of the 539 label images of the Data Science Bowl, Usiigaci and CODEX none is below 0.97, and in a
quarter of their size none below 0.83; of their 700 images and channels none is above 0.69.
"""
SURELY_ALIKE, MOST_PIECES = 0.97, 5.0
"""Between `ALIKE` and this, an id in more pieces than that is a grey value.

Real labels have 1.2 pieces at most; images that were blurred or have 16 grey levels have 8 or more.
"""
FEW_PAIRS = 1000
"""So few neighbours prove nothing."""


def looks_like_image(labels: NDArray[Any]) -> bool:
    """Tell whether values are an image's intensities rather than ids of objects.

    An id fills a region; an intensity lies scattered. Masks of one value are labels.

    Parameters
    ----------
    labels : (Y, X) integer or bool
        0 is background; where there is no 0, the most common value.
    """
    background = 0
    if labels.size and labels.all():
        values, counts = np.unique(labels, return_counts=True)
        background = int(values[counts.argmax()])
    alike, pairs = 0, 0
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        inside = (one != background) & (other != background)
        pairs += int(np.count_nonzero(inside))
        alike += int(np.count_nonzero((one == other) & inside))
    if pairs < FEW_PAIRS or alike >= SURELY_ALIKE * pairs:
        return False
    return alike < ALIKE * pairs or _pieces(labels, background) > MOST_PIECES


def _pieces(labels: NDArray[Any], background: int) -> float:
    """Return the number of connected regions of an id, on average."""
    from skimage.measure import label

    ids = np.unique(labels)
    ids = ids[ids != background]
    regions = label(labels, background=background, connectivity=2, return_num=True)[1]
    return float(regions / max(len(ids), 1))
