"""Which kind one grey channel is: evidence is added from cues, of the whole and of close-ups."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..margins import margins
from .base import KindName
from .cues import Cues, cues_of
from .sampling import close_ups, lattice, thinned

SURE = 0.75
"""Below this confidence a kind is called unsure."""
NOISE = 0.55
"""Activity (see `Cues`) up to which there is nothing but noise."""

_Found = tuple[KindName, float, tuple[str, ...]]
EMPTY: _Found = ("blank", 1.0, ("all pixels are equal",))


def grey_kind(sample: NDArray[Any]) -> _Found:
    """Say what a (1, Y, X) image shows, how surely, and why.

    Halos are a few pixels wide whatever the image's size, so a large image is looked at twice: as
    a whole, thinned, and through windows in full resolution.
    """
    whole = _cues(sample)
    if whole is None:
        return EMPTY
    near = near_cues(sample)
    if whole.activity < NOISE and not near:
        return "blank", 0.9, ("nothing stands out of the noise",)
    return _grey(whole, near)


def near_cues(sample: NDArray[Any]) -> list[Cues]:
    """Measure the close-ups of a (1, Y, X) image in which anything stands out of the noise."""
    found = (_cues(window) for window in close_ups(sample))
    return [cues for cues in found if cues is not None and cues.activity >= NOISE]


def _cues(sample: NDArray[Any]) -> Cues | None:
    pixels, margin = seen(sample)
    return cues_of(pixels[0], margin)


def seen(sample: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return a small image of finite values, and where it is a margin."""
    pixels = thinned(sample)
    found = margins(lattice(sample))
    height, width = pixels.shape[1:]
    margin = np.zeros((height, width), np.bool_)
    if found is not None:
        margin |= found[:height, :width]
    unknown = ~np.isfinite(pixels)
    if unknown.any():
        margin = margin | unknown.any(0)
        pixels = np.where(unknown, np.float32(0), pixels)
    return pixels, margin


def _grey(whole: Cues, near: Sequence[Cues]) -> _Found:
    phase = _phase_evidence(whole)
    if near:
        # Three of four close-ups must show it: one of few cells, much enlarged, shows anything.
        phase = max(phase, float(np.percentile([_phase_evidence(cues) for cues in near], 25)))
    phase = logistic(phase)
    glows = logistic(glow_evidence(whole))
    found: dict[KindName, tuple[float, str]] = {
        "phase_contrast": (
            phase,
            "there is both darker and brighter than the even background",
        ),
        "fluorescence": (
            (1 - phase) * glows,
            "the darkest places are the even background, and what stands out is brighter",
        ),
        "dark_on_bright": (
            (1 - phase) * (1 - glows),
            "the brightest places are the even background, and what stands out is darker",
        ),
    }
    name = max(found, key=lambda key: found[key][0])
    confidence, reason = found[name]
    if confidence < SURE:
        second = sorted(found, key=lambda key: found[key][0])[-2]
        return "unsure", confidence, (f"between {_title(name)} and {_title(second)}",)
    return name, confidence, (reason,)


def _phase_evidence(cues: Cues) -> float:
    """Return the log odds that the even background lies between the ends of the range.

    The weights are a logistic regression's on the training images of the table in the docs,
    rounded. Inverting the image changes nothing.
    """
    return (
        1.5
        + 3.2 * cues.bend
        + 0.95 * log(min(cues.dark, cues.bright) + 0.003)
        - 1.0 * abs(1 - 2 * cues.background)
        - 1.4 * abs(cues.slope)
        - 1.8 * abs(cues.levels)
        - 0.5 * abs(cues.convex)
    )


def glow_evidence(cues: Cues) -> float:
    """Return the log odds that the background is dark; inverting the image changes the sign."""
    return (
        1.8 * log((cues.bright + 0.003) / (cues.dark + 0.003))
        + 2.0 * cues.levels
        + 2.0 * cues.convex
    )


def _title(name: KindName) -> str:
    return name.replace("_", " ")


def logistic(log_odds: float) -> float:
    """Return the probability."""
    return 1 / (1 + exp(-log_odds))
