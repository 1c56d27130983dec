"""The preprocessing that every method offers: what happens to an image before the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..data.sample import RGB
from ..data.statistics import ExactStatistics, Histogram, Statistics
from .parameters import parameter

if TYPE_CHECKING:
    from ..checkpoints import Checkpoint
    from ..data import Role
    from .base import Method, Predictor, Tiling
    from .shared.preprocessing import Preprocessing

QUANTILES = np.linspace(0, 100, 4097)
"""Percentiles that stand for the whole image's intensities while a tile of it is prepared."""
SEGGAL = {"preprocessing": "percentiles + CLAHE", "window": 256}
"""What most of SegGal's checkpoints were trained with."""


@dataclass(frozen=True)
class InputParameters:
    """What parameters inherit from to have their images prepared."""

    preprocessing: str = parameter(
        "checkpoint",
        label="Preprocessing",
        help="checkpoint: as the checkpoint was trained, if that is known. Percentiles: 0.1 and "
        "99.9 % become black and white. CLAHE evens out contrast. None: the image as it is.",
        choices=("checkpoint", "percentiles + CLAHE", "percentiles", "none"),
        advanced=True,
    )
    window: int | None = parameter(
        None,
        start=256,
        label="Window",
        help="Side of the pieces, overlapping by a quarter, that are segmented one by one; empty: "
        "as the checkpoint was trained, or as large as the method can.",
        unit="px",
        low=64,
        high=2048,
        step=64,
        advanced=True,
    )
    each_window: bool = parameter(
        False,
        label="Percentiles of each window",
        help="Off: percentiles are those of the whole image, so that all its pieces are alike. On: "
        "each piece has its own, as in the systematic evaluation, which cropped first and "
        "normalised then; pieces of background alone become noise.",
        advanced=True,
    )


def trained_with(
    method: Method[Any], checkpoint: Checkpoint | None, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return parameters with what a checkpoint of SegGal was trained with, where they leave it."""
    values = dict(parameters)
    if checkpoint is None or checkpoint.source != "seggal":
        return values
    if issubclass(method.parameters, InputParameters):
        of_method = SEGGAL if method.seggal is None else method.seggal
        for name, value in of_method.items():
            if values.get(name) in (None, "checkpoint"):
                values[name] = value(checkpoint) if callable(value) else value
    return values


def tiling_of(predictor: Predictor[Any], parameters: Any) -> Tiling:
    """Say how to cut an image: into the windows that were asked for, else as the predictor does."""
    window = parameters.window if isinstance(parameters, InputParameters) else None
    if window is None:
        return predictor.tiling(parameters)
    from .shared.preprocessing import windows

    return windows(window)


def prepared(
    predictor: Predictor[Any],
    image: NDArray[Any],
    roles: Sequence[Role],
    parameters: Any,
    statistics: Statistics,
    *,
    is_whole: bool,
) -> tuple[NDArray[Any], Statistics]:
    """Return what the predictor is to see.

    Parameters
    ----------
    predictor
        One that prepares its input itself gets the image as it is.
    image : (C, Y, X)
        Raw intensities of an image, or of a tile of it.
    roles
        What the channels show.
    parameters
        The method's.
    statistics
        Of the whole image.
    is_whole
        Whether `image` is the whole one.

    Returns
    -------
    (C, Y, X) array, Statistics
        With preprocessing: float32 in 0..1, and its statistics. While a tile is prepared they are
        those of the percentiles alone: what CLAHE would do to the whole image isn't known.
    """
    if isinstance(parameters, InputParameters) and parameters.each_window:
        statistics, is_whole = ExactStatistics(image), True
    if (
        predictor.prepares_input
        or not isinstance(parameters, InputParameters)
        or parameters.preprocessing in ("checkpoint", "none")
    ):
        return image, statistics
    from .shared.preprocessing import prepare

    how = cast("Preprocessing", parameters.preprocessing)
    channels, joint = range(len(image)), tuple(roles) == RGB
    found = prepare(image, channels, statistics, how, joint)
    if is_whole:
        return found, ExactStatistics(found)
    curves = np.stack([statistics.percentiles(QUANTILES, c) for c in channels])
    scaled = prepare(curves[:, None], channels, statistics, "percentiles", joint)[:, 0]
    ones = np.ones(len(QUANTILES), np.int64)
    return found, Histogram([curve.astype(np.float64) for curve in scaled], [ones] * len(image))
