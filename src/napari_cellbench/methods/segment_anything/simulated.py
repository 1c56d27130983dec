"""Prompts as a person gives them, drawn from the truth: clicks, boxes, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import torch
import torch.nn.functional as nnf
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from .clicking import ROOM
from .enlarging import SIDE, input_shape
from .seen_views import SeenView
from .windows import FINER, GRID

Kind = Literal["click", "click and size", "box", "correction"]
SHARES = (0.4, 0.2, 0.2, 0.2)
"""Of the kinds of prompts, in their order."""
SMALLEST = 9
"""Cells of which a view shows fewer pixels are not asked about."""
AROUND = 8
"""What is reckoned around a cell on each side, in places of the features' grid."""
LOOSE = 0.1
"""Standard deviation of a box's edges, in sides of the box: nobody draws exactly."""


@dataclass(frozen=True)
class Asked:
    """Prompts of as many points each.

    Attributes
    ----------
    view : (N,) int64
        Which view each is about.
    points, positive : (N, P, 2) float32, (N, P) int64
        x and y in the encoder's square of 1024, and 1 where a point lies in the cell; or None.
    boxes : (N, 4) float32
        x1, y1, x2, y2 in the encoder's square; or None.
    logits : (N, 1, 256, 256) float32
        Of the masks that are corrected; or None.
    corners, side
        First row and column of each window of the features' grid, and the side of all.
    certain
        Whether the prompts leave no doubt.
    """

    view: Tensor
    points: Tensor | None
    positive: Tensor | None
    boxes: Tensor | None
    logits: Tensor | None
    corners: list[tuple[int, int]]
    side: int
    certain: bool


@dataclass(frozen=True)
class Simulated:
    """Prompts with what they mean.

    Attributes
    ----------
    asked
        The first prompts.
    truth : (N, 4 * side, 4 * side) float32
        In the windows: share of each pixel that belongs to the cell.
    corrects
        Whether the answer is corrected by one more point; see `correct`.
    """

    asked: Asked
    truth: Tensor
    corrects: bool

    def to(self, device: str) -> Simulated:
        """Bring all tensors to a device."""
        moved = {
            name: value.to(device)
            for name, value in vars(self.asked).items()
            if isinstance(value, Tensor)
        }
        return replace(self, asked=replace(self.asked, **moved), truth=self.truth.to(device))


def draw(rng: np.random.Generator, views: Sequence[SeenView], cells: int) -> Simulated:
    """Draw prompts of one kind about up to so many cells of each view."""
    kind: Kind = get_args(Kind)[int(rng.choice(len(SHARES), p=SHARES))]
    which, points, boxes, truths = [], [], [], []
    for number, view in enumerate(views):
        shape = view.labels.shape[0], view.labels.shape[1]
        scale = np.array(input_shape(*shape)) / shape
        for cell in _some(rng, view.labels, cells):
            mask = view.labels == cell
            point = _inside(rng, mask)
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            box = np.array([[rows[0], columns[0]], [rows[-1] + 1, columns[-1] + 1]], np.float64)
            if kind == "box":
                box += rng.normal(0, LOOSE, (2, 2)).clip(-0.2, 0.2) * (box[1] - box[0])
            else:
                box = point + np.array([[-0.5], [0.5]]) * ROOM * view.usual
            which.append(number)
            points.append((point * scale)[::-1])
            boxes.append((box * scale)[:, ::-1].ravel())
            truths.append(_low(mask))
    truth = torch.stack(truths)
    corners, side = _windows(truth)
    clicked = torch.from_numpy(np.array(points, np.float32))[:, None]
    asked = Asked(
        view=torch.tensor(which),
        points=None if kind == "box" else clicked,
        positive=None if kind == "box" else torch.ones(len(which), 1, dtype=torch.int64),
        boxes=torch.from_numpy(np.array(boxes, np.float32))
        if kind in ("box", "click and size")
        else None,
        logits=None,
        corners=corners,
        side=side,
        certain=kind in ("box", "click and size"),
    )
    return Simulated(asked, _cut(truth, corners, side), kind == "correction")


def correct(simulated: Simulated, logits: Tensor) -> Asked:
    """Add to each prompt the deepest point of the larger error of its answer.

    Parameters
    ----------
    simulated
        Of clicks.
    logits : (N, 1, 256, 256)
        The answers.
    """
    asked = simulated.asked
    assert asked.points is not None
    assert asked.positive is not None
    answers = _cut(logits[:, 0], asked.corners, asked.side).cpu().numpy() > 0
    truths = simulated.truth.cpu().numpy() > 0.5
    added, inside = [], []
    for answer, truth, (y, x) in zip(answers, truths, asked.corners, strict=True):
        depths = [distance_transform_edt(np.pad(e, 1)) for e in (answer & ~truth, truth & ~answer)]
        missing = bool(depths[1].max() >= depths[0].max())
        depth = depths[missing]
        row, column = np.unravel_index(depth.argmax(), depth.shape)
        # From pixels of the window, which has a margin, to the encoder's square.
        pixel = SIDE / (FINER * GRID)
        added.append(
            [(FINER * x + column - 0.5) * pixel, (FINER * y + row - 0.5) * pixel],
        )
        inside.append(int(missing))
    device = asked.points.device
    more = torch.tensor(added, dtype=torch.float32, device=device)[:, None]
    kinds = torch.tensor(inside, device=device)[:, None]
    return replace(
        asked,
        points=torch.cat([asked.points, more], 1),
        positive=torch.cat([asked.positive, kinds], 1),
        logits=logits,
        certain=True,
    )


def _some(rng: np.random.Generator, labels: NDArray[np.uint16], most: int) -> NDArray[np.integer]:
    """Return up to so many cells that are there with more than an edge, at least one."""
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    large = np.flatnonzero(areas >= SMALLEST)
    if not len(large):
        large = np.array([areas.argmax()])
    return rng.permutation(large)[:most]


def _inside(rng: np.random.Generator, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Draw a point of a mask (y, x), the likelier the deeper it lies."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    cut = np.pad(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    depth = distance_transform_edt(cut).ravel() ** 2
    at = int(rng.choice(len(depth), p=depth / depth.sum()))
    y, x = np.unravel_index(at, cut.shape)
    return np.array([y + rows[0] - 0.5, x + columns[0] - 0.5])


def _low(mask: NDArray[np.bool_]) -> Tensor:
    """Bring a mask to the frame of SAM's masks, (256, 256), with the padding."""
    height, width = (
        max(1, round(side * FINER * GRID / SIDE))
        for side in input_shape(mask.shape[0], mask.shape[1])
    )
    whole = torch.zeros(FINER * GRID, FINER * GRID)
    fine = torch.from_numpy(mask.astype(np.float32))[None, None]
    low = nnf.interpolate(fine, (height, width), mode="bilinear", antialias=True)
    whole[:height, :width] = low[0, 0]
    return whole


def _windows(truth: Tensor) -> tuple[list[tuple[int, int]], int]:
    """Return windows of the same side that hold the cells with what is around them."""
    spans = []
    for mask in truth:
        at = (mask > 0).nonzero() // FINER
        spans.append((at.min(0).values - AROUND, at.max(0).values + 1 + AROUND))
    side = min(GRID, max(int((high - low).max()) for low, high in spans))
    corners = [tuple(low.clamp(0, GRID - side).tolist()) for low, _ in spans]
    return [(y, x) for y, x in corners], side


def _cut(whole: Tensor, corners: list[tuple[int, int]], side: int) -> Tensor:
    side *= FINER
    parts = [
        plane[FINER * y : FINER * y + side, FINER * x : FINER * x + side]
        for plane, (y, x) in zip(whole, corners, strict=True)
    ]
    return torch.stack(parts)
