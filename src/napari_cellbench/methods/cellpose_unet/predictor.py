"""From an image to cells, as Cellpose 3 does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from cellpose import transforms, utils
from numpy.typing import NDArray

from ...data import Instances, Role
from ...data.statistics import Statistics
from ..base import Predictor, Progress, Tiling
from ..shared.forward import share
from .channels import network_input
from .dynamics import flows_to_masks

if TYPE_CHECKING:
    from . import CellposeUNetParameters, Thresholds
    from .network import CellposeUNet

TILE = 224
"""Side in pixels of the pieces that the network sees: the size that it was trained on."""
TILE_OVERLAP = 0.1
BATCH = 8
LARGEST = 4096
"""Side in pixels of the largest rescaled image to hold in memory at once."""
STEPS = 200
"""Steps along the flows for cells of the network's own diameter."""


class CellposeUNetPredictor(Predictor["CellposeUNetParameters"]):
    """A Cellpose U-Net on a device.

    Parameters
    ----------
    network
        In evaluation mode.
    tuned
        Thresholds to use where the user gives none.
    device
        As torch names it.
    """

    def __init__(self, network: CellposeUNet, tuned: Thresholds, device: str) -> None:
        self.device = torch.device(device)
        self.network = network.to(self.device)
        self.tuned = tuned
        self.diam_mean = float(network.diam_mean)
        self.diam_labels = float(network.diam_labels)

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: CellposeUNetParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile; see `Predictor.predict`.

        An image without contrast holds no cells.
        """
        x = network_input(image, roles, statistics, self.network.widths[0])
        if min(x.shape[:2]) < 2 or not x[..., 0].any():
            return Instances.from_labels(np.zeros(x.shape[:2], np.int32))
        diameter = parameters.diameter or self.diam_labels
        passes = 2 if parameters.estimate_diameter else 1
        for done in range(passes):
            masks = self._segment(x, diameter, parameters, share(progress, done, passes))
            # Cellpose's SizeModel ends so; where nothing was found, there is nothing to learn.
            diameter = float(utils.diameters(masks)[0]) if masks.any() else diameter
        return Instances.from_labels(masks)

    def tiling(self, parameters: CellposeUNetParameters) -> Tiling:
        """Let tiles overlap by two diameters, and be at most `LARGEST` when rescaled."""
        diameter = parameters.diameter or self.diam_labels
        # An estimate may turn out smaller, and the rescaled tile larger.
        largest = 1024 if parameters.estimate_diameter else 2048
        size = int(np.clip(LARGEST * diameter / self.diam_mean, 256, largest))
        return Tiling(size, overlap=int(np.clip(np.ceil(2 * diameter), 64, size // 2)))

    def _segment(
        self,
        x: NDArray[np.float32],
        diameter: float,
        parameters: CellposeUNetParameters,
        progress: Progress,
    ) -> NDArray[np.int32]:
        scale = self.diam_mean / diameter
        flows = self.run_network(x, scale, progress)
        given = parameters.flow_threshold, parameters.cellprob_threshold
        tuned = self.tuned.flow_threshold, self.tuned.cellprob_threshold
        flow_threshold, cellprob_threshold = (
            t if g is None else g for g, t in zip(given, tuned, strict=True)
        )
        return flows_to_masks(
            flows,
            steps=parameters.niter or int(STEPS / scale),
            flow_threshold=flow_threshold,
            cellprob_threshold=cellprob_threshold,
            min_size=parameters.min_size,
        )

    def run_network(
        self, x: NDArray[np.float32], scale: float, progress: Progress
    ) -> NDArray[np.float32]:
        """Run the network on overlapping pieces of the rescaled image.

        Parameters
        ----------
        x : (Y, X, C) float32
            Normalised image.
        scale
            The network's cell diameter over that of the image.
        progress
            Called before each batch.

        Returns
        -------
        (3, Y, X) float32
            Flows along Y and X, and the logit of the cell probability, at the image's own scale.
        """
        height, width = x.shape[:2]
        if scale != 1:
            size = max(1, int(height * scale)), max(1, int(width * scale))
            x = transforms.resize_image(x, *size)
        top, bottom, left, right = transforms.get_pad_yx(*x.shape[:2])
        padded = np.pad(x.transpose(2, 0, 1), ((0, 0), (top, bottom), (left, right)))
        tiles, ysub, xsub, _, _ = transforms.make_tiles(
            padded, bsize=TILE, tile_overlap=TILE_OVERLAP
        )
        tiles = tiles.reshape(-1, *tiles.shape[-3:])
        out = np.empty((len(tiles), 3, *tiles.shape[-2:]), np.float32)
        for start in range(0, len(tiles), BATCH):
            progress(start, len(tiles))
            part = slice(start, start + BATCH)
            with torch.inference_mode():
                out[part] = self.network(torch.from_numpy(tiles[part]).to(self.device)).cpu()
        progress(len(tiles), len(tiles))
        whole = transforms.average_tiles(out, ysub, xsub, *padded.shape[1:])
        flows = whole[:, top : padded.shape[1] - bottom, left : padded.shape[2] - right]
        if scale != 1:
            flows = transforms.resize_image(flows.transpose(1, 2, 0), height, width)
            flows = flows.transpose(2, 0, 1)
        return flows
