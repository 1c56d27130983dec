"""Threshold, edges at half height, distance transform and seeded watershed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.filters import threshold_li, threshold_local, threshold_otsu

from ...data import Instances, Role
from ...data.statistics import Statistics
from ..base import Predictor, Progress, Tiling
from ..shared.labels import without_small
from . import WatershedParameters
from .split import split_at_necks

QUANTILES = np.linspace(0, 100, 1025)
"""Percentiles that stand for the whole image's histogram in the choice of a threshold."""
DISTANCE_SIGMA = 0.05
"""The distance map is smoothed by this share of the diameter."""
LEAST_OF_GLOBAL = 0.25
"""A local threshold is at least this share of the global one, so that noise is no object."""


class WatershedPredictor(Predictor[WatershedParameters]):
    """Segments one channel, or the mean of several of equal rank (colour images)."""

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: WatershedParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment a tile; see `Predictor.predict`."""
        used = _channels(roles)
        plane = image[used].mean(0, dtype=np.float32)
        curve = np.mean([statistics.percentiles(QUANTILES, c) for c in used], 0)
        if parameters.dark_objects:
            plane, curve = -plane, -curve[::-1]
        low, high = curve[0], curve[-1]
        if low == high:
            return Instances.from_labels(np.zeros(plane.shape, np.int32))
        above = ndi.gaussian_filter(plane - np.float32(low), parameters.smoothing)
        foreground = ndi.binary_fill_holes(above > _threshold(above, curve - low, parameters))
        progress(1, 4)
        sigma = DISTANCE_SIGMA * parameters.diameter
        labels = split_at_necks(foreground, parameters.neck, sigma)
        progress(2, 4)
        foreground = ndi.binary_fill_holes(_within_edges(labels, above, parameters.edge))
        # Dim objects next to bright ones, and what only haze joined, are apart now.
        labels = split_at_necks(foreground, parameters.neck, sigma)
        progress(3, 4)
        found = Instances.from_labels(without_small(labels, parameters.min_size))
        progress(4, 4)
        return found

    def tiling(self, parameters: WatershedParameters) -> Tiling:
        """Overlap by several diameters."""
        overlap = int(4 * parameters.diameter) + 32
        return Tiling(max(1024, 4 * overlap), overlap)


def _channels(roles: Sequence[Role]) -> list[int]:
    """Return the channels of the first role there is; red, green and blue go together."""
    order = ("nucleus", "whole_cell", "phase")
    for role in order:
        if role in roles:
            return [roles.index(role)]
    return [i for i, role in enumerate(roles) if role in ("red", "green", "blue")] or [0]


def _threshold(
    above: NDArray[np.float32], curve: NDArray[np.float64], parameters: WatershedParameters
) -> Any:
    """Return the threshold of intensities above the darkest pixel: one, or one a pixel."""
    # The curve is sampled evenly in rank, so that its values are a fair sample of the pixels. A
    # few glaring pixels would pull the threshold up.
    sample = np.clip(curve, None, curve[-2]) if curve[-2] > 0 else curve
    if parameters.threshold == "li":
        return threshold_li(sample) * parameters.correction
    otsu = threshold_otsu(sample)
    if parameters.threshold == "otsu":
        return otsu * parameters.correction
    window = max(3, 2 * int(2 * parameters.diameter) + 1)
    local = threshold_local(above, window, "gaussian")
    return np.maximum(local * parameters.correction, otsu * LEAST_OF_GLOBAL)


def _within_edges(
    labels: NDArray[np.int32], above: NDArray[np.float32], share: float
) -> NDArray[np.bool_]:
    """Keep the pixels that are brighter than a share of the mean of their object."""
    above_flat = above.ravel()
    # Twice, since the haze around a bright object lowers its mean at first.
    for _ in range(2):
        flat = labels.ravel()
        area = np.maximum(np.bincount(flat), 1)
        mean = np.bincount(flat, weights=above_flat) / area
        labels = labels * (above > share * mean.astype(np.float32)[labels])
    return labels > 0
