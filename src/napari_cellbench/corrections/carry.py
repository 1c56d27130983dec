"""Carrying cells on to the next planes of a stack, as proposals that a person accepts or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .edit import Edit
from .lookup import box_of, check_plane
from .prompt import Mask, Predict, prompt_of

Contrast = Callable[[Mask, int], NDArray[np.float64]]
"""Takes a mask, (Y, X), and the number of a plane."""


@dataclass(frozen=True)
class Limits:
    """When a cell has ended.

    Attributes
    ----------
    least_iou
        With the mask on the plane before; cells move and change little from plane to plane.
    most_change
        Factor by which the area may become larger or smaller from one plane to the next.
    least_free
        Part of its mask that other cells leave to it.
    least_contrast
        Part of the contrast that it had on the plane where it was chosen. A network that is asked
        for a cell in a box finds one there, whether or not there is any.
    """

    least_iou: float = 0.3
    most_change: float = 2.0
    least_free: float = 0.5
    least_contrast: float = 0.3


@dataclass(frozen=True)
class Drift:
    """How a cell changed from the plane before.

    Attributes
    ----------
    cell
        Its id.
    iou
        Of both masks.
    shift
        Distance of their centroids in pixels.
    area, change
        Pixels, and the ratio to those before.
    ended
        Why it isn't carried on; empty where it is.
    """

    cell: int
    iou: float
    shift: float
    area: int
    change: float
    ended: str = ""


@dataclass(frozen=True, eq=False)
class Proposal:
    """The cells that were found on a plane.

    Attributes
    ----------
    plane
        Its number.
    edit
        Adds them under their ids; None where all have ended.
    drifts
        One for each cell that was looked for.
    """

    plane: int
    edit: Edit | None
    drifts: tuple[Drift, ...]


def carry(
    read: Callable[[int], NDArray[Any]],
    start: int,
    cells: Sequence[int],
    predict: Predict,
    n_planes: int,
    *,
    step: int = 1,
    limit: int | None = None,
    limits: Limits | None = None,
    contrast: Contrast | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Proposal]:
    """Propose cells on the next planes, one plane at a time; nothing is changed.

    It ends with the stack, at the limit, when all cells have ended, or when it is asked to stop,
    also in the middle of a plane, which is then left out. Cells that are there already under their
    id have ended: somebody has outlined them.

    Parameters
    ----------
    read
        Returns the labels (Y, X) of a plane.
    start
        Plane that the cells are on.
    cells
        Their ids.
    predict
        Finds a cell on a plane by box and points.
    n_planes
        Planes of the stack.
    step
        1 for forwards, -1 for backwards.
    limit
        Planes to go at most.
    limits
        When a cell has ended.
    contrast
        Tells how much a mask stands out on a plane, in each channel; see `contrast.contrast`.
        Without, no cell ends because it fades.
    stop
        Asked before each cell.

    Yields
    ------
    Proposal
        The next plane's. An edit fits its plane as `read` gave it.

    Raises
    ------
    InputError
        If a cell isn't there, there is no next plane, or a mask is of another size.
    """
    ids = list(dict.fromkeys(int(cell) for cell in cells))
    if step not in (1, -1):
        raise InputError(f"Cells are carried on by a step of 1 or -1, not {step}.")
    if not ids:
        raise InputError("Choose a cell to carry on.")
    if not 0 <= start + step < n_planes:
        raise InputError("There is no next plane.")
    labels = read(start)
    check_plane(labels)
    masks = {}
    for cell in ids:
        box_of(labels, cell)
        masks[cell] = labels == cell
    planes = range(start + step, n_planes if step > 0 else -1, step)
    # Checked before the first is asked for.
    return _planes(
        read, start, masks, predict, list(planes)[:limit], limits or Limits(), contrast, stop
    )


def _planes(
    read: Callable[[int], NDArray[Any]],
    start: int,
    masks: dict[int, Mask],
    predict: Predict,
    planes: Sequence[int],
    limits: Limits,
    contrast: Contrast | None,
    stop: Callable[[], bool],
) -> Iterator[Proposal]:
    if contrast is not None:
        at_first = {cell: contrast(mask, start) for cell, mask in masks.items()}
    for plane in planes:
        labels = read(plane)
        after, drifts, found = labels.copy(), [], {}
        for cell, before in masks.items():
            if stop():
                return
            if (labels == cell).any():
                drifts.append(_ended(cell, "It is there already."))
                continue
            mask = np.asarray(predict(prompt_of(before), plane)).astype(bool)
            if mask.shape != labels.shape or mask.shape != before.shape:
                raise InputError(f"A mask of {mask.shape} for a plane of {labels.shape} pixels.")
            free = mask & (after == 0)
            drift = drift_of(cell, before, mask, int(free.sum()), limits)
            if contrast is not None and not drift.ended:
                left = _left_of(at_first[cell], contrast(mask, plane))
                if left < limits.least_contrast:
                    drift = replace(drift, ended="It no longer stands out in the image.")
            drifts.append(drift)
            if not drift.ended:
                after[free] = cell
                found[cell] = free
        edit = None
        if found:
            whole = (slice(0, labels.shape[0]), slice(0, labels.shape[1]))
            what = f"Carry {len(found)} cell{'s' * (len(found) > 1)} to plane {plane}"
            edit = Edit.between(labels, whole, after, what)
        yield Proposal(plane, edit, tuple(drifts))
        masks = found
        if not masks:
            return


def drift_of(cell: int, before: Mask, mask: Mask, free: int, limits: Limits) -> Drift:
    """Compare a cell's masks on two planes.

    Parameters
    ----------
    cell
        Its id.
    before, mask : (Y, X) bool
        On the plane before, and on this one.
    free
        Pixels of the mask that no other cell has.
    limits
        When it has ended.
    """
    area, area_before = int(mask.sum()), int(before.sum())
    if not area:
        return _ended(cell, "Nothing was found.")
    common = int((mask & before).sum())
    iou = common / (area + area_before - common)
    centres = [np.array(np.nonzero(one)).mean(axis=1) for one in (before, mask)]
    shift, change = float(np.hypot(*(centres[1] - centres[0]))), area / area_before
    ended = ""
    if not 1 / limits.most_change <= change <= limits.most_change:
        how = "larger" if change > 1 else "smaller"
        factor = change if change > 1 else 1 / change
        ended = f"It would be {factor:.1f} times {how}."
    elif iou < limits.least_iou:
        ended = f"It would overlap with itself by an IoU of {iou:.2f} only."
    elif free < limits.least_free * area:
        ended = "Other cells are in its place."
    return Drift(cell, iou, shift, area, change, ended)


def _left_of(before: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """Return which part of a contrast is left, in the channel that had most of it."""
    channel = int(np.abs(before).argmax())
    return float(now[channel] / before[channel]) if before[channel] else 1.0


def _ended(cell: int, why: str) -> Drift:
    return Drift(cell, 0.0, float("nan"), 0, 0.0, why)
