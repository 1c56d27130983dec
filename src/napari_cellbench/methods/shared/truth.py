"""Annotated images as training takes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...data import Sample, Target
from ...data.ids import numbered
from ...errors import InputError


def truth_labels(samples: Sequence[Sample], target: Target) -> list[NDArray[np.uint16]]:
    """Return the truth of each sample as labels; where objects overlap, the earlier wins.

    Returns
    -------
    list of (Y, X) uint16
        Numbered 1..N in each image; 0 is background.

    Raises
    ------
    InputError
        If there are no images, one lacks the truth, or there is no object in any.
    """
    if not samples:
        raise InputError("There are no images to train on.")
    labels = []
    for sample in samples:
        if target not in sample.truth:
            raise InputError(
                f"{sample.name} has no annotated {target.replace('_', ' ')}: leave it out, or "
                "choose another target."
            )
        labels.append(numbered(sample.truth[target].to_labels())[1].astype(np.uint16))
    if not any(label.any() for label in labels):
        raise InputError(f"The training images have no annotated {target.replace('_', ' ')}.")
    return labels
