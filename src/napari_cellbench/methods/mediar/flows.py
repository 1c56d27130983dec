"""Flows of labels, and labels of flows, as MEDIAR has them.

The idea is that of Cellpose, the numbers are not those of `cellpose_unet`: heat starts at the pixel
nearest to a cell's median (not its mean), its logarithm is what rises, all cells have as many steps
as the largest, and a cell's neighbours weigh in at its edge; points are sampled half a pixel off
(see `cellpose_unet.dynamics`), and where two seeds claim a pixel the one of fewer points has it.

Source: Lee et al. 2022, MEDIAR, NeurIPS Cell Segmentation Challenge; Stringer et al. 2021, Nat.
Methods 18, Methods.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ..shared.diffusion import central_pixel, diffused, in_threads, uphill

FLOW_SCALE = 5
"""The network predicts flows this many times their length."""
MAX_SIZE_FRACTION = 0.9
"""Objects that fill more of the image than this are background, to MEDIAR."""
STILL = 1e-3
"""Pixels whose flow along Y is no larger, in pixels a step, belong to no cell in MEDIAR; here they
belong to the one that they lead to, but don't count when cells are found and judged."""
SEED, NEAR = 10, 2
"""Points that must be exceeded in a pixel for it to be a seed, and to belong to one."""
WINDOW = 5
"""Side of the window in which a seed has the most points, and how often seeds grow."""

Labels = NDArray[np.integer[Any]]


def labels_to_flows(labels: Labels) -> NDArray[np.float32]:
    """Return the flows of labels.

    Parameters
    ----------
    labels : (Y, X) integer
        0 is background.

    Returns
    -------
    (2, Y, X) float32
        Along Y and X, of length 1 in cells; 0 in the background.
    """
    from scipy.ndimage import find_objects

    padded = np.pad(labels, 1)
    found = [(label, box) for label, box in enumerate(find_objects(labels), start=1) if box]
    extents = [sum(part.stop - part.start + 1 for part in box) for _, box in found]
    steps = 2 * max(extents, default=0)
    heat = np.zeros(padded.shape)

    def spread(item: tuple[int, tuple[slice, slice]]) -> None:
        label, (rows, columns) = item
        place = np.s_[rows.start : rows.stop + 2, columns.start : columns.stop + 2]
        inside = padded[place] == label
        # Boxes overlap, objects don't.
        heat[place][inside] = diffused(inside, *central_pixel(inside, np.median), steps)[inside]

    in_threads(spread, found)
    flows = uphill(np.log1p(heat))
    return np.where(labels > 0, flows, 0).astype(np.float32)


def flows_to_labels(
    flows: NDArray[np.float32],
    inside: NDArray[np.bool_],
    *,
    steps: int,
    flow_threshold: float,
) -> NDArray[np.int32]:
    """Group pixels whose flows lead to the same place.

    Parameters
    ----------
    flows : (2, Y, X) float32
        Output of the network along Y and X.
    inside : (Y, X) bool
        Which pixels belong to cells.
    steps
        How far pixels follow the flows, in pixels at most.
    flow_threshold
        Largest flow error of a cell: the mean squared difference between the predicted flows and
        those of the cell that was found, of length 1; 0 keeps every cell.

    Returns
    -------
    (Y, X) int32
        Labels from 1 without gaps.
    """
    flow = (flows * inside / FLOW_SCALE).astype(np.float32)
    pixels = np.nonzero(inside)
    labels = np.zeros(inside.shape, np.int32)
    if not len(pixels[0]):
        return labels
    moves = np.abs(flow[0]) > STILL
    ends = follow(flow, np.stack(pixels), steps)
    labels[pixels] = grouped(ends, moves[pixels], inside.shape)
    # MEDIAR leaves the other pixels out, and so judges cells without them.
    judged = np.where(moves, labels, 0).ravel()
    area = np.bincount(judged, minlength=labels.max() + 1)
    kept = (area > 0) & (area <= MAX_SIZE_FRACTION * labels.size)
    kept[0] = False
    if flow_threshold > 0 and kept.any():
        judged = np.where(kept, np.arange(len(kept)), 0)[judged]
        own = labels_to_flows(judged.reshape(labels.shape))
        squared = ((own - flows / FLOW_SCALE) ** 2).sum(0).ravel()
        errors = np.bincount(judged, squared, minlength=len(kept)) / np.maximum(area, 1)
        kept &= errors <= flow_threshold
    return np.where(kept, np.cumsum(kept), 0)[labels].astype(np.int32)


def follow(
    flow: NDArray[np.float32], pixels: NDArray[np.integer[Any]], steps: int
) -> NDArray[np.int64]:
    """Move pixels along a flow field, within the image.

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
    (2, N) int64
        The pixels in which they end.
    """
    # torch wants x before y, from -1 to 1 over the image.
    reach = torch.tensor([max(1, n - 1) for n in flow.shape[:0:-1]], dtype=torch.float32)
    field = torch.from_numpy(flow[::-1].copy())[None] * (2 / reach)[:, None, None]
    points = torch.from_numpy(pixels[::-1].T.astype(np.float32))[None, None] / reach * 2 - 1
    for _ in range(steps):
        step = F.grid_sample(field, points, align_corners=False)
        points = (points + step.permute(0, 2, 3, 1)).clamp(-1, 1)
    ends: NDArray[np.float32] = ((points[0, 0] + 1) / 2 * reach).numpy()
    last = np.array(flow.shape[1:])[:, None] - 1
    return np.minimum(ends.T[::-1].astype(np.int64), last)


def grouped(
    ends: NDArray[np.int64], counted: NDArray[np.bool_], shape: tuple[int, ...]
) -> NDArray[np.int32]:
    """Give points the number of the seed that they ended at.

    Parameters
    ----------
    ends : (2, N) int64
        Pixels in which points ended.
    counted : (N,) bool
        Which of them make seeds.
    shape
        Of the image.

    Returns
    -------
    (N,) int32
        From 1; 0 for points that ended at no seed.
    """
    from scipy.ndimage import maximum_filter

    ends = ends + WINDOW
    count = np.zeros([n + 2 * WINDOW for n in shape], np.int32)
    np.add.at(count, tuple(ends[:, counted]), 1)
    seeds = np.argwhere((count == maximum_filter(count, WINDOW)) & (count > SEED))
    seeds = seeds[np.argsort(count[tuple(seeds.T)])[::-1]]
    owner = np.zeros(count.shape, np.int32)
    for number, (y, x) in enumerate(seeds, start=1):
        around = np.s_[y - WINDOW : y + WINDOW + 1, x - WINDOW : x + WINDOW + 1]
        full = count[around] > NEAR
        grown = np.zeros(full.shape, bool)
        grown[WINDOW, WINDOW] = True
        for _ in range(WINDOW):
            grown = maximum_filter(grown, 3) & full
        owner[around][grown] = number
    return owner[tuple(ends)]
