"""StarDist's prediction: network, candidates, non-maximum suppression, label image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from scipy import ndimage as ndi
from stardist.geometry import polygons_to_label
from stardist.nms import non_maximum_suppression_sparse

from ...data import Instances
from ...errors import InputError
from ..base import Predictor, Progress, Tiling
from . import StarDistParameters
from .inference import BLOCK, blocks, pad, predict_maps
from .inputs import network_input
from .settings import Normalization, Search
from .views import symmetries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...data import Role
    from ...data.statistics import Statistics
    from .network import StarDistNet
    from .settings import Thresholds

T = TypeVar("T")

OVERLAP = 128
"""Overlap of tiles in pixels of the network's input: more than the objects it was made for."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Polygons before non-maximum suppression, in pixels of the network's input.

    Attributes
    ----------
    prob : (N,) float32
    dist : (N, n_rays) float32
    points : (N, 2) int64
        Centres, (y, x).
    """

    prob: NDArray[np.float32]
    dist: NDArray[np.float32]
    points: NDArray[np.int64]


class StarDistPredictor(Predictor[StarDistParameters]):
    """A StarDist network that is ready to predict.

    With one view and a border of 2 it gives the same objects as
    ``StarDist2D.predict_instances`` of the official package. At another scale it finds the same
    polygons and puts them where they were seen: ``ndi.zoom`` lays the corner pixels' centres onto
    each other, while the package divides coordinates by the scale, which shifts objects by up to
    1 / scale - 1 pixels at the lower right.

    Parameters
    ----------
    network
        Moved to the device.
    thresholds, normalization, search
        What the parameters leave open.
    device
        As torch names it.
    """

    def __init__(
        self,
        network: StarDistNet,
        thresholds: Thresholds,
        normalization: Normalization,
        search: Search,
        device: str = "cpu",
    ) -> None:
        self.network = network.to(device).eval()
        self.thresholds, self.normalization = thresholds, normalization
        self.search = search

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: StarDistParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image, or one tile of it; see `Predictor.predict` and `network_input`."""
        normalised = self._normalise(image, roles, parameters, statistics)
        if parameters.scale != 1:
            zoom = (1, parameters.scale, parameters.scale)
            normalised = ndi.zoom(normalised, zoom, order=1)
        if not normalised.size:
            return Instances.from_labels(np.zeros(image.shape[1:], np.int32), ())
        prob_threshold = _given(parameters.prob_threshold, self.thresholds.prob)
        search = Search(
            _given(parameters.views, _affordable_views(self.search.views, parameters.scale)),
            _given(parameters.border, self.search.border),
        )
        candidates = self._candidates(normalised, prob_threshold, search, progress)
        return self._instances(candidates, image.shape[1:], normalised.shape[1:], parameters)

    def tiling(self, parameters: StarDistParameters) -> Tiling:
        """Cut the image so that the network sees the same number of pixels at any scale."""
        return Tiling(round(BLOCK / parameters.scale), round(OVERLAP / parameters.scale))

    def _normalise(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: StarDistParameters,
        statistics: Statistics,
    ) -> NDArray[np.float32]:
        low = _given(parameters.low_percentile, self.normalization.low)
        high = _given(parameters.high_percentile, self.normalization.high)
        if low >= high:
            raise InputError(f"The black percentile {low:g} must be below the white one {high:g}.")
        normalization = Normalization(low, high, self.normalization.joint)
        wanted = self.network.config.n_channel_in
        return network_input(image, roles, statistics, wanted, normalization)

    def _candidates(
        self, image: NDArray[np.float32], threshold: float, search: Search, progress: Progress
    ) -> Candidates:
        """Predict, and keep the cells of the grid above the threshold (inside the border)."""
        config = self.network.config
        grid = np.array(config.grid)
        padded = pad(image, config)
        cells = padded.shape[1:] // grid
        parts = blocks(padded.shape[1:], config, BLOCK)
        found = []
        views, border = symmetries(config)[: search.views], search.border
        for origin, prob, dist in predict_maps(self.network, padded, parts, progress, views):
            above = torch.nonzero(prob > threshold)
            ys, xs = above.T
            at = above.cpu().numpy() + origin
            points = at * grid
            keep = ((at >= border) & (at < cells - border) & (points < image.shape[1:])).all(1)
            found.append(
                Candidates(
                    prob[ys, xs].cpu().numpy()[keep],
                    dist[:, ys, xs].T.cpu().numpy()[keep],
                    points[keep],
                )
            )
        return Candidates(
            np.concatenate([c.prob for c in found]),
            np.concatenate([c.dist for c in found]),
            np.concatenate([c.points for c in found]),
        )

    def _instances(
        self,
        candidates: Candidates,
        shape: tuple[int, ...],
        seen: tuple[int, ...],
        parameters: StarDistParameters,
    ) -> Instances:
        """Drop candidates that overlap a more probable one, and draw the others.

        `shape` is the image's, `seen` that of what the network saw, both (y, x).
        """
        if not len(candidates.prob):
            return Instances.from_labels(np.zeros(shape, np.int32), ())
        points, prob, dist, _ = non_maximum_suppression_sparse(
            candidates.dist,
            candidates.prob,
            candidates.points,
            nms_thresh=_given(parameters.nms_threshold, self.thresholds.nms),
        )
        rescale = _rescale(shape, seen)
        labels = polygons_to_label(dist, points * rescale, shape, prob=prob, scale_dist=rescale)
        # A polygon that others hide entirely, or that holds no pixel's centre, has no label.
        ids = Instances.from_labels(labels).ids
        return Instances.from_labels(labels, prob[ids - 1])


def _rescale(shape: tuple[int, ...], seen: tuple[int, ...]) -> tuple[float, float]:
    """Return how many pixels of the image, along y and x, are one of what ``ndi.zoom`` made."""
    y, x = (
        (before - 1) / (after - 1) if after > 1 else float(before)
        for before, after in zip(shape, seen, strict=True)
    )
    return y or 1.0, x or 1.0


def _affordable_views(views: int, scale: float) -> int:
    """Return how many views cost no more time than one at full scale, but for `views` at least.

    A network is off by about the same part of a pixel at any scale: below 1 that is more of the
    image's pixels, and an average over views takes most of it away.
    """
    return max(views, min(8, int(1 / scale**2)))


def _given(value: T | None, default: T) -> T:
    return default if value is None else value
