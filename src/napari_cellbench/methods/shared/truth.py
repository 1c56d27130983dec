"""Annotated images as training takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data import Sample, Target
from ...data.ids import numbered
from ...errors import InputError


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of a lesson's images.

    Attributes
    ----------
    labels : list of (Y, X) uint16
        Numbered 1..N in each image, with objects in at least one; 0 is background.
    """

    labels: list[NDArray[np.uint16]]


def truth_of(samples: Sequence[Sample], target: Target) -> Truth:
    """Return the truth of each sample as labels; where objects overlap, the earlier wins.

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
    return Truth(labels)
