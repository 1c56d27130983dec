"""From flows to masks, as Cellpose 1-3 do it on the CPU.

cellpose 4 follows flows by `grid_sample`, whose sampling points lie up to half a pixel off, and
diffuses heat in all objects for as many steps as the largest needs. Cells near the flow threshold
come and go with that. So the two are computed here as the paper defines them (Stringer et al. 2021,
Nat. Methods 18, Methods), on the CPU whatever device the network ran on, and the rest is cellpose's
own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from cellpose import dynamics, utils
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from ...scoring.compiled import compiled
from ..shared.diffusion import central_pixel, diffused, in_threads, uphill

FLOW_SCALE = 5
"""The network predicts flows this many times their length."""
MAX_SIZE_FRACTION = 0.4
"""Objects that fill more of the image than this are background, to Cellpose."""


def flows_to_masks(
    flows: NDArray[np.float32],
    *,
    steps: int,
    flow_threshold: float,
    cellprob_threshold: float,
    min_size: int,
) -> NDArray[np.int32]:
    """Group pixels whose flows lead to the same place.

    Parameters
    ----------
    flows : (3, Y, X) float32
        Output of the network: flows along Y and X, and the logit of the cell probability.
    steps
        How far pixels follow the flows, in pixels at most.
    flow_threshold
        Largest flow error of a cell (see `flow_errors`); 0 keeps every cell.
    cellprob_threshold
        Pixels above belong to cells.
    min_size
        Smaller cells are dropped, in pixels; holes in cells are filled if it isn't 0.

    Returns
    -------
    (Y, X) int32
        Labels from 1 without gaps.
    """
    inside = flows[2] > cellprob_threshold
    if not inside.any():
        return np.zeros(inside.shape, np.int32)
    pixels = np.nonzero(inside)
    ends = follow_flows(flows[:2] * inside / FLOW_SCALE, np.stack(pixels), steps)
    # cellpose builds a sparse tensor, of whose unchecked state torch warns unless told.
    with torch.sparse.check_sparse_tensor_invariants(enable=False):
        masks: NDArray[Any] = dynamics.get_masks_torch(
            torch.from_numpy(ends).int(), pixels, inside.shape, max_size_fraction=MAX_SIZE_FRACTION
        )
    if flow_threshold > 0 and masks.any():
        wrong = np.flatnonzero(flow_errors(masks, flows[:2]) > flow_threshold) + 1
        masks[np.isin(masks, wrong)] = 0
    masks = utils.fill_holes_and_remove_small_masks(masks, min_size=min_size)
    return masks.astype(np.int32)


def follow_flows(
    flow: NDArray[np.float32], pixels: NDArray[np.integer[Any]], steps: int
) -> NDArray[np.float32]:
    """Move pixels along a flow field, interpolated bilinearly, within the image.

    Parameters
    ----------
    flow : (2, Y, X) float32
        Step along Y and X at each pixel, in pixels.
    pixels : (2, N) integer
        Where to start.
    steps
        How many steps to take.

    Returns
    -------
    (2, N) float32
        Where they end.
    """
    ends = pixels.astype(np.float32)
    field = np.ascontiguousarray(flow, np.float32)
    chunks = np.array_split(ends, max(1, ends.shape[1] // 4096), axis=1)
    in_threads(lambda chunk: _follow(field, chunk, steps), chunks)
    return ends


def flow_errors(masks: NDArray[Any], flows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Compare the predicted flows with those that the masks themselves would have.

    Parameters
    ----------
    masks : (Y, X) integer
        Labels from 1 without gaps.
    flows : (2, Y, X) float32
        Output of the network.

    Returns
    -------
    (N,) float64
        Mean squared error in each mask, of flows of length 1.
    """

    def error(item: tuple[int, tuple[slice, slice]]) -> float:
        label, box = item
        inside = masks[box] == label
        # Its normalised gradient is the object's own flow.
        padded = np.pad(inside, 1)
        heat = diffused(padded, *central_pixel(padded), steps=2 * sum(padded.shape))
        wrong = uphill(heat) - flows[:, *box] / FLOW_SCALE
        return float((wrong**2).sum(0)[inside].mean())

    return np.array(in_threads(error, enumerate(find_objects(masks), start=1)))


@compiled
def _follow(flow: NDArray[np.float32], points: NDArray[np.float32], steps: int) -> None:
    """Move points (2, N) in place. Positions are float32 and weights float64, as in Cellpose."""
    height, width = flow.shape[1:]
    for i in range(points.shape[1]):
        y, x = points[0, i], points[1, i]
        for _ in range(steps):
            top, left = int(y), int(x)
            bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
            down, along = np.float64(y) - top, np.float64(x) - left
            dy = _between(flow[0], top, bottom, left, right, down, along)
            dx = _between(flow[1], top, bottom, left, right, down, along)
            y = np.float32(min(max(y + dy, 0), height - 1))
            x = np.float32(min(max(x + dx, 0), width - 1))
        points[0, i], points[1, i] = y, x


@compiled
def _between(
    field: NDArray[np.float32],
    top: int,
    bottom: int,
    left: int,
    right: int,
    down: float,
    along: float,
) -> np.float32:
    """Interpolate between four pixels; `down` and `along` are in [0, 1)."""
    return np.float32(
        field[top, left] * (1 - down) * (1 - along)
        + field[top, right] * (1 - down) * along
        + field[bottom, left] * down * (1 - along)
        + field[bottom, right] * down * along
    )
