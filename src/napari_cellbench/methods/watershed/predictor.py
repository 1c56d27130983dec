"""Threshold, distance transform and seeded watershed on scikit-image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.feature import peak_local_max
from skimage.filters import gaussian, threshold_local, threshold_otsu
from skimage.morphology import remove_small_objects
from skimage.segmentation import relabel_sequential, watershed

from ...data import Instances, Role
from ...data.statistics import Statistics
from ..base import Predictor, Progress, Tiling
from . import WatershedParameters

QUANTILES = np.linspace(0, 100, 257)
"""Percentiles that stand for the whole image's histogram in Otsu's threshold."""
MAX_SIGMA = 0.04
"""Seeds: the distance map is smoothed by this share of the diameter."""


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
        progress(1, 4)
        foreground = _foreground(plane, curve, parameters)
        progress(2, 4)
        labels = _split(foreground, parameters.diameter)
        progress(3, 4)
        labels = remove_small_objects(labels, max_size=max(0, parameters.min_size - 1))
        return Instances.from_labels(relabel_sequential(labels)[0])

    def tiling(self, parameters: WatershedParameters) -> Tiling:
        """Overlap by several diameters."""
        overlap = int(4 * parameters.diameter) + 32
        return Tiling(max(2048, 4 * overlap), overlap)


def _channels(roles: Sequence[Role]) -> list[int]:
    """Return the channels of the first role there is; red, green and blue go together."""
    order = ("nucleus", "whole_cell", "phase")
    for role in order:
        if role in roles:
            return [roles.index(role)]
    return [i for i, role in enumerate(roles) if role in ("red", "green", "blue")] or [0]


def _foreground(
    plane: NDArray[np.float32], curve: NDArray[np.float64], parameters: WatershedParameters
) -> NDArray[np.bool_]:
    low, high = curve[0], curve[-1]
    if low == high:
        return np.zeros(plane.shape, bool)
    sigma = parameters.smoothing * parameters.diameter
    smooth = gaussian(plane, sigma, preserve_range=True) if sigma else plane
    # The curve is sampled evenly in rank, so that its values are a fair sample of the pixels.
    otsu = threshold_otsu(np.clip(curve, None, curve[-2]))
    cut: Any = low + (otsu - low) * parameters.correction
    if parameters.threshold == "local":
        window = 2 * int(2 * parameters.diameter) + 1
        window = min(window, 2 * (min(plane.shape) // 2) + 1)
        local = threshold_local(smooth, max(3, window), "gaussian")
        cut = np.maximum(low + (local - low) * parameters.correction, low + (otsu - low) / 4)
    filled: NDArray[np.bool_] = ndi.binary_fill_holes(smooth > cut)
    return filled


def _split(foreground: NDArray[np.bool_], diameter: float) -> NDArray[np.int32]:
    if not foreground.any():
        return np.zeros(foreground.shape, np.int32)
    distance = gaussian(ndi.distance_transform_edt(foreground), MAX_SIGMA * diameter)
    regions, _ = ndi.label(foreground)
    apart = max(1, round(diameter / 3))
    peaks = peak_local_max(distance, min_distance=apart, labels=regions, exclude_border=False)
    seeds = np.zeros(foreground.shape, np.int32)
    seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    split: NDArray[np.int32] = watershed(-distance, seeds, mask=foreground)
    return split
