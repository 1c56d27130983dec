"""From an image to the nuclei that the third winner's network finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ....data import Instances, Role
from ....data.statistics import Statistics
from ...base import Progress
from ...deepcell.predictor import nothing
from ...deepcell.retinamask.overlaps import pasted
from ...deepcell.settings import InputSettings
from ...shared.forward import each_layer, share
from ..predictor import BowlPredictor
from . import ThirdParameters
from .boxes import in_pixels, normalised
from .detection import detect
from .merging import VOTES, Piece, by_score, by_size, drawn, merged, piece_of, voted
from .network import MULTIPLE, ThirdNet, centred
from .views import FIFTEEN, ONE, View


class ThirdPredictor(BowlPredictor[ThirdParameters]):
    """The network on a device.

    Parameters
    ----------
    network
        Moved to the device.
    settings
        Of its input.
    short_side
        To which smaller images are enlarged, in pixels.
    device
        As torch names it.
    """

    def __init__(
        self, network: ThirdNet, settings: InputSettings, short_side: int, device: str
    ) -> None:
        super().__init__(settings, device)
        self.network, self.short_side = network.to(device).eval(), short_side

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: ThirdParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a window of it; see `Predictor.predict`."""
        prepared = self.prepare(image, roles, parameters, statistics)
        if prepared is None:
            return nothing(image.shape)
        shape = (prepared.shape[1], prepared.shape[2])
        x = torch.from_numpy(prepared)[None].to(self.device)
        views = ONE if parameters.views == "one" else FIFTEEN
        seen = []
        for number, view in enumerate(views):
            part = share(progress, number, len(views))
            seen.append(self.pieces(x, view, shape, parameters, part))
        alone = len(views) == 1
        pieces = by_score(seen[0]) if alone else by_size(voted(merged(seen), VOTES))
        found = drawn(pieces, shape, parameters.dilation, parameters.min_size)
        return Instances.from_labels(*found)

    def pieces(
        self,
        x: Tensor,
        view: View,
        shape: tuple[int, int],
        parameters: ThirdParameters,
        progress: Progress,
    ) -> list[Piece]:
        """Find nuclei in a view of an image; return their masks in the image.

        Parameters
        ----------
        x : (1, 3, Y, X)
            In 0..1.
        view
            Of it.
        shape
            Y and X.
        parameters, progress
            As for `predict`.
        """
        larger = enlarged(x, parameters.short_side or self.short_side)
        scaled = view.of(larger)
        size = scaled.shape[2], scaled.shape[3]
        framed, (top, left) = framed_to(centred(scaled), MULTIPLE)
        height, width = framed.shape[2:]
        corners = framed.new_tensor([[top, left, top + size[0], left + size[1]]])
        window = normalised(corners, height, width)[0].tolist()
        limits = parameters.score_threshold, parameters.nms_threshold
        with torch.inference_mode(), each_layer(self.network, progress):
            found = detect(self.network, framed, window, *limits)
        turned = shape[::-1] if view.turns % 2 else shape
        place = framed.new_tensor([top, left, top, left])
        scale = framed.new_tensor([turned[0] / size[0], turned[1] / size[1]]).repeat(2)
        boxes = ((in_pixels(found.boxes, height, width) - place) * scale).round()
        # In whole pixels: x1, y1, x2, y2.
        whole = boxes[:, [1, 0, 3, 2]].cpu().numpy()
        masks = found.masks.sigmoid().cpu().numpy()
        pieces = []
        for box, mask, score in zip(whole, masks, found.scores.tolist(), strict=True):
            # One by one: a picture of each of thousands would fill the memory.
            (picture,) = pasted(box[None], mask[None], turned, parameters.mask_threshold)
            piece = piece_of(view.undone(picture), score)
            pieces += [] if piece is None else [piece]
        return pieces


def enlarged(x: Tensor, short_side: int) -> Tensor:
    """Enlarge images (N, C, Y, X) whose short side is shorter."""
    sides = x.shape[2:]
    scale = max(1.0, short_side / min(sides))
    size = [max(1, round(scale * length)) for length in sides]
    if scale == 1:
        return x
    return F.interpolate(x, size, mode="bilinear", align_corners=False)


def framed_to(x: Tensor, multiple: int) -> tuple[Tensor, tuple[int, int]]:
    """Put zeros around images (N, C, Y, X); return where they begin, and sides of a multiple."""
    more = [-length % multiple for length in x.shape[2:]]
    top, left = more[0] // 2, more[1] // 2
    return F.pad(x, (left, more[1] - left, top, more[0] - top)), (top, left)
