"""From an image to the cells that FeatureNet finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ....data import Instances, Role
from ....data.statistics import Statistics
from ...base import Progress
from ...shared.forward import each_layer
from ...shared.labels import without_small
from ..predictor import DeepCellPredictor, nothing
from . import FeatureNetParameters
from .network import FIELD, FOREGROUND, INTERIOR

Map = NDArray[np.floating]
Labels = NDArray[np.int32]


class FeatureNetPredictor(DeepCellPredictor[FeatureNetParameters]):
    """Both networks of FeatureNet on a device."""

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: FeatureNetParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a window of it; see `Predictor.predict`."""
        prepared = self.prepare(image, roles, parameters, statistics)
        if prepared is None:
            return nothing(image.shape)
        height, width = image.shape[1:]
        # Reflection within the network needs more than half of its field.
        more = [max(0, FIELD - length) for length in (height, width)]
        padded = np.pad(prepared, ((0, 0), (0, more[0]), (0, more[1])), "symmetric")
        x = torch.from_numpy(padded)[None].to(self.device)
        with torch.inference_mode(), each_layer(self.network, progress):
            foreground, edges = (found[-1][0].cpu().numpy() for found in self.network(x))
        seen = (slice(height), slice(width))
        return Instances.from_labels(
            label_cells(foreground[FOREGROUND][seen], edges[INTERIOR][seen], parameters)
        )


def label_cells(
    foreground: Map, interior: Map, parameters: FeatureNetParameters
) -> NDArray[np.int32]:
    """Label connected pieces of interior within the foreground.

    Parameters
    ----------
    foreground, interior : (Y, X)
        Probabilities.
    parameters
        Thresholds, smallest size and growth.

    Returns
    -------
    (Y, X) int32
        1..N; 0 is background.
    """
    from skimage.measure import label
    from skimage.segmentation import expand_labels

    inside = foreground > parameters.foreground_threshold
    pieces = label(inside & (interior > parameters.interior_threshold), connectivity=2)
    cells = without_small(pieces, parameters.min_size)
    if parameters.growth:
        cells = np.where(inside, expand_labels(cells, parameters.growth), 0)
    return cells.astype(np.int32)
