"""SAM's automatic mask generator: filters before it enlarges masks, and reports by batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from segment_anything import SamAutomaticMaskGenerator
from segment_anything.modeling import Sam
from segment_anything.utils.amg import (
    MaskData,
    batched_mask_to_box,
    calculate_stability_score,
    generate_crop_boxes,
    is_box_near_crop_edge,
    mask_to_rle_pytorch,
    uncrop_masks,
)


class MaskGenerator(SamAutomaticMaskGenerator):
    """Finds the masks that segment-anything 1.0 finds, in less time and memory.

    The original enlarges three masks a point to 1024 x 1024 pixels and then drops most of them for
    their predicted IoU, which is known before.

    Parameters
    ----------
    network
        On its device.
    grid
        Rows and columns of points in the image, and in each crop.
    report
        Called with the number of batches done and their total; may raise to stop.
    options
        Of the original.
    """

    def __init__(
        self,
        network: Sam,
        grid: tuple[int, int],
        report: Callable[[int, int], None],
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
        logits, iou = self._decode(points, im_size)
        good = iou > self.pred_iou_thresh
        masks = self.predictor.model.postprocess_masks(
            logits[good][:, None], self.predictor.input_size, im_size
        )[:, 0]
        point = torch.as_tensor(points)[good.nonzero()[:, 0].cpu()]
        data = MaskData(masks=masks, iou_preds=iou[good], points=point)
        data["stability_score"] = calculate_stability_score(
            masks, self.predictor.model.mask_threshold, self.stability_score_offset
        )
        data.filter(data["stability_score"] >= self.stability_score_thresh)
        data["masks"] = data["masks"] > self.predictor.model.mask_threshold
        data["boxes"] = batched_mask_to_box(data["masks"])
        height, width = orig_size
        data.filter(~is_box_near_crop_edge(data["boxes"], crop_box, [0, 0, width, height]))
        whole = uncrop_masks(data["masks"], crop_box, height, width)
        data["rles"] = mask_to_rle_pytorch(whole)
        del data["masks"]
        return data

    def _next_step(self) -> None:
        self._report(self._done, self._total)
        self._done += 1

    def _decode(
        self, points: NDArray[np.float64], size: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits, (points, 3, 256, 256), and their predicted IoU, (points, 3)."""
        model, predictor = self.predictor.model, self.predictor
        at = predictor.transform.apply_coords(points, size)
        # float32: Apple's GPUs have no other.
        at = torch.as_tensor(at, dtype=torch.float32, device=predictor.device)[:, None]
        foreground = torch.ones(at.shape[:2], dtype=torch.int, device=at.device)
        sparse, dense = model.prompt_encoder(points=(at, foreground), boxes=None, masks=None)
        logits, iou = model.mask_decoder(
            image_embeddings=predictor.features,
            image_pe=model.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
        )
        return logits, iou


def _points(rows: int, columns: int) -> NDArray[np.float64]:
    """Return the centres of a grid's cells in the unit square: (rows * columns, 2), x first."""
    y, x = np.mgrid[0.5:rows, 0.5:columns]
    return np.stack([x.ravel() / columns, y.ravel() / rows], -1)
