"""Growing and shrinking labels by any distance, after the distances were computed once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.instances import as_labels
from ..errors import InputError
from .parts import PARTS, Parts, keep_largest, keep_seeds, relabel

Int32 = NDArray[np.int32]

ROUNDING = 1e-12
"""Allowance for rounding, so that no distance within reach is taken for one beyond."""


class GrowthField:
    """Labels that can be grown or shrunk by any distance at once, as under a slider.

    Growing gives what ``skimage.segmentation.expand_labels`` gives, to the last pixel: labels never
    run into each other, and of two equally near the one that comes first in the image wins.
    Shrinking takes away the pixels that are within the distance of another label or of background;
    the edge of the image takes nothing away.

    Parameters
    ----------
    labels : (Y, X) or (Z, Y, X) integer
        0 is background.
    max_distance
        Greatest distance that will be asked for, in the units of `spacing`.
    spacing
        Size of a pixel, one number or one per axis.
    mask : array of bool
        Where labels may grow; by default everywhere.

    Raises
    ------
    InputError
        If the array isn't a label image, or another parameter doesn't fit it.
    """

    def __init__(
        self,
        labels: NDArray[Any],
        max_distance: float,
        spacing: float | Sequence[float] = 1,
        mask: NDArray[np.bool_] | None = None,
    ) -> None:
        if not labels.ndim:
            raise InputError("Labels must have at least one axis.")
        if not np.isfinite(max_distance) or max_distance < 0:
            raise InputError(f"The greatest distance must be 0 or more, not {max_distance}.")
        if mask is not None and mask.shape != labels.shape:
            raise InputError(f"The mask is {mask.shape}, the labels are {labels.shape}.")
        self._dtype = labels.dtype
        # A copy: the layer may be painted on while the slider moves.
        self._labels = np.array(as_labels(labels.reshape(1, -1))).reshape(labels.shape)
        self._mask = mask
        self.max_distance = float(max_distance)
        self.spacing = _per_axis(spacing, labels.ndim)

    def at(self, distance: float, parts: Parts = "all") -> NDArray[Any]:
        """Return the labels grown by a distance, or shrunk where it is negative.

        Parameters
        ----------
        distance
            In the units of the spacing: pixels by default. At most `max_distance` either way.
        parts
            What becomes of a cell that shrinking splits or extinguishes; see `Parts`.

        Returns
        -------
        array
            Of the labels' shape and dtype. New labels that don't fit it make it int64.

        Raises
        ------
        InputError
            If the distance is beyond `max_distance`, or there is no such way with parts.
        """
        from .kernels import grow, shrink

        if parts not in PARTS:
            raise InputError(f"Parts can be {', '.join(PARTS)}, not {parts}.")
        if not abs(distance) <= self.max_distance:
            raise InputError(f"A distance of {distance} is beyond {self.max_distance}.")
        out = np.empty_like(self._labels)
        if distance >= 0:
            squared, nearest = self._outside
            grow(nearest.ravel(), squared.ravel(), self._limit(distance), out.ravel())
        else:
            squared = self._inside
            shrink(self._labels.ravel(), squared.ravel(), self._limit(-distance), out.ravel())
        out = out.astype(self._dtype, copy=False)
        if distance < 0 and parts == "largest":
            return keep_largest(out)
        if distance < 0 and parts == "relabel":
            return relabel(out)
        if distance < 0 and parts == "seed":
            return keep_seeds(out, *self._seeds)
        return out

    def lost(self, distance: float) -> int:
        """Return how many cells are extinguished at a (negative) distance."""
        if distance >= 0:
            return 0
        seeds, _ = self._seeds
        return int((self._inside.ravel()[seeds] <= self._limit(-distance)).sum())

    @cached_property
    def depth(self) -> NDArray[np.float64]:
        """Distance of each pixel to the nearest one of another label; 0 in the background.

        Infinite where there is no other label.
        """
        squared = self._inside
        exact = np.where(squared == _far(squared.dtype), np.inf, squared)
        return np.where(self._labels > 0, np.sqrt(exact), 0.0)

    @cached_property
    def _seeds(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Flat index of each cell's innermost pixel, the first of equals, and its label."""
        from .kernels import innermost

        ids, index = np.unique(self._labels, return_inverse=True)
        seeds = innermost(index.ravel(), self._inside.ravel(), len(ids))
        return seeds[ids > 0], ids[ids > 0]

    @cached_property
    def _outside(self) -> tuple[NDArray[Any], Int32]:
        """Squared distance to the nearest object, and its label."""
        from .kernels import outside_first_axis, outside_next_axis

        reach = self.max_distance**2 * (1 + ROUNDING)
        squared = self._new_distances(reach)
        nearest = np.empty_like(self._labels)
        far = _far(squared.dtype)
        for axis, step in enumerate(self.spacing):
            s, n = _along(squared, axis), _along(nearest, axis)
            if axis == 0:
                outside_first_axis(_along(self._labels, axis), step, reach, far, s, n)
            else:
                outside_next_axis(step, reach, far, s, n)
        if self._mask is not None:
            nearest[~self._mask & (self._labels == 0)] = 0
        return squared, nearest

    @cached_property
    def _inside(self) -> NDArray[Any]:
        """Squared distance to the nearest pixel of another label."""
        from .kernels import inside_first_axis, inside_next_axis

        # Cells are small: here it costs nothing to look all the way to their middle.
        sides = np.multiply(self._labels.shape, self.spacing)
        reach = float((sides**2).sum())
        squared = self._new_distances(reach)
        far = _far(squared.dtype)
        for axis, step in enumerate(self.spacing):
            kernel = inside_next_axis if axis else inside_first_axis
            kernel(_along(self._labels, axis), step, reach, far, _along(squared, axis))
        return squared

    def _new_distances(self, greatest: float) -> NDArray[Any]:
        """Return room for squared distances: whole numbers where pixels are of size 1."""
        if any(step != 1 for step in self.spacing):
            return np.empty(self._labels.shape, np.float64)
        for dtype in (np.uint16, np.uint32):
            if greatest < _far(np.dtype(dtype)):
                return np.empty(self._labels.shape, dtype)
        return np.empty(self._labels.shape, np.float64)

    def _limit(self, distance: float) -> float:
        """Return the greatest squared distance whose root is at most `distance`."""
        limit = distance * distance
        while np.sqrt(limit) > distance:
            limit = np.nextafter(limit, 0)
        while np.sqrt(np.nextafter(limit, np.inf)) <= distance:
            limit = np.nextafter(limit, np.inf)
        return float(limit)


def _per_axis(spacing: float | Sequence[float], ndim: int) -> tuple[float, ...]:
    steps = (spacing,) * ndim if isinstance(spacing, int | float) else tuple(spacing)
    if len(steps) != ndim or not all(np.isfinite(step) and step > 0 for step in steps):
        raise InputError(f"The spacing must be {ndim} numbers above 0, not {spacing}.")
    return tuple(float(step) for step in steps)


def _along(image: NDArray[Any], axis: int) -> NDArray[Any]:
    """View an image as (before, axis, after)."""
    before = int(np.prod(image.shape[:axis]))
    after = int(np.prod(image.shape[axis + 1 :]))
    return image.reshape(before, image.shape[axis], after)


def _far(dtype: np.dtype[Any]) -> float:
    return float(np.inf) if dtype.kind == "f" else float(np.iinfo(dtype).max)
