"""SAM's automatic mask generator: filters before it enlarges masks, and reports by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from segment_anything import SamAutomaticMaskGenerator
from segment_anything.modeling import Sam
from segment_anything.utils.amg import (
    MaskData,
    generate_crop_boxes,
    is_box_near_crop_edge,
)

from ...prompting.prompts import Candidate
from ...prompting.views import View
from .decoder import ImageTokens, MaskDecoder
from .enlarging import candidate


class MaskGenerator(SamAutomaticMaskGenerator):
    """Finds the masks that segment-anything 1.0 finds, in less time and memory.

    The original enlarges three masks a point to 1024 x 1024 pixels and then drops most of them for
    their predicted IoU, which is known before. Here the few are enlarged where they are, and the
    decoder is one that does the same with less; see `decoder`.

    Parameters
    ----------
    network
        On its device.
    grid
        Rows and columns of points in the image, and in each crop.
    report
        Called with the number of batches done and their total; may raise to stop.
    flat
        (Y, X) pixels that aren't asked about; None to ask about all points.
    options
        Of the original.
    """

    def __init__(
        self,
        network: Sam,
        grid: tuple[int, int],
        report: Callable[[int, int], None],
        flat: NDArray[np.bool_] | None = None,
        **options: Any,
    ) -> None:
        grids = [_points(*grid)] * (options["crop_n_layers"] + 1)
        super().__init__(
            network,
            points_per_side=None,
            point_grids=grids,
            output_mode="coco_rle",
            **options,
        )
        self._report, self._done, self._total = report, 0, 0
        self._flat = flat
        self._decoder = MaskDecoder(network)
        self._prepared: tuple[torch.Tensor, ImageTokens] | None = None

    def generate(self, image: NDArray[np.uint8]) -> list[dict[str, Any]]:
        """Find masks in a (Y, X, 3) image; see `SamAutomaticMaskGenerator.generate`."""
        crops, _ = generate_crop_boxes(image.shape[:2], self.crop_n_layers, self.crop_overlap_ratio)
        batches = -(-len(self.point_grids[0]) // self.points_per_batch)
        # The encoder counts as one more.
        self._done, self._total = 0, len(crops) * (batches + 1)
        found: list[dict[str, Any]] = super().generate(image)
        return found

    def _process_crop(self, *arguments: Any) -> MaskData:
        self._next_step()
        data = super()._process_crop(*arguments)
        # Where no crop has a mask, the original stumbles over a tensor without columns.
        data["crop_boxes"] = data["crop_boxes"].reshape(-1, 4)
        return data

    def _process_batch(
        self,
        points: NDArray[np.float64],
        im_size: tuple[int, ...],
        crop_box: list[int],
        orig_size: tuple[int, ...],
    ) -> MaskData:
        """Predict the masks of some points; keep the good ones."""
        self._next_step()
        height, width = orig_size
        left, top, right, bottom = crop_box
        view = View(top, left, bottom - top, right - left)
        found: list[tuple[Candidate, NDArray[np.float64]]] = []
        for point in points:
            x, y = int(point[0]) + left, int(point[1]) + top
            if self._flat is None or not self._flat[y, x]:
                found += [(c, point) for c in self._ask(point, view) if self._is_good(c)]
        boxes = [[c.offset[1], c.offset[0]] for c, _ in found]
        ends = [[c.slices[1].stop - 1, c.slices[0].stop - 1] for c, _ in found]
        corners = np.array([[*a, *b] for a, b in zip(boxes, ends, strict=True)]).reshape(-1, 4)
        data = MaskData(
            iou_preds=torch.tensor([c.iou for c, _ in found]),
            points=torch.as_tensor(np.array([p for _, p in found]).reshape(-1, 2)),
            stability_score=torch.tensor([c.stability for c, _ in found]),
            boxes=torch.as_tensor(corners - (left, top, left, top)),
            rles=[_run_lengths(c, (height, width)) for c, _ in found],
        )
        near = is_box_near_crop_edge(data["boxes"], crop_box, [0, 0, width, height])
        data.filter(~near)
        return data

    def _is_good(self, found: Candidate) -> bool:
        return found.stability >= self.stability_score_thresh

    def _ask(self, point: NDArray[np.float64], view: View) -> list[Candidate]:
        """Return the masks of a point (x, y in the view) whose predicted IoU suffices.

        One point at a time: what a processor's cache holds is what makes it fast.
        """
        features = self.predictor.features
        if self._prepared is None or self._prepared[0] is not features:
            self._prepared = features, self._decoder.prepare(features[0])
        size = (view.height, view.width)
        at = self.predictor.transform.apply_coords(point[None, None], size)
        # float32: Apple's GPUs have no other.
        where = torch.as_tensor(at, dtype=torch.float32, device=self.predictor.device)
        foreground = torch.ones((1, 1), dtype=torch.int, device=where.device)
        with torch.inference_mode():
            prompts = self.predictor.model.prompt_encoder
            sparse, _ = prompts(points=(where, foreground), boxes=None, masks=None)
            logits, iou = self._decoder.decode(self._prepared[1], sparse, wanted=slice(1, None))
        return [
            candidate(mask, float(expected), view)
            for mask, expected in zip(logits[0].cpu().numpy(), iou[0].cpu().numpy(), strict=True)
            if expected > self.pred_iou_thresh
        ]

    def _next_step(self) -> None:
        self._report(self._done, self._total)
        self._done += 1


def _run_lengths(found: Candidate, shape: tuple[int, int]) -> dict[str, Any]:
    """Return a mask as run lengths down the columns of the whole image, the first of zeros."""
    flat = np.zeros(shape[::-1], np.bool_)
    flat[found.slices[::-1]] = found.mask.T
    # A mask that is set from the first pixel on begins with a run of no zeros.
    changes = np.flatnonzero(np.diff(flat.ravel(), prepend=False))
    counts = np.diff(np.concatenate([[0], changes, [flat.size]]))
    return {"size": list(shape), "counts": counts.tolist()}


def _points(rows: int, columns: int) -> NDArray[np.float64]:
    """Return the centres of a grid's cells in the unit square: (rows * columns, 2), x first."""
    y, x = np.mgrid[0.5:rows, 0.5:columns]
    return np.stack([x.ravel() / columns, y.ravel() / rows], -1)
