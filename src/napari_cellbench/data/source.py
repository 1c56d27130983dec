"""One channel of one plane of a larger array, read region by region and never as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .margins import Margins, find_margins, step_for

Region = tuple[slice, slice]
"""Rows and columns, both with integer start and stop."""


@dataclass(frozen=True, eq=False)
class Plane:
    """A (Y, X) view into an array of any library that slices as numpy does (dask, zarr, ...).

    Attributes
    ----------
    data
        The whole array.
    leading, trailing
        Indices in front of and behind the two spatial axes, such as the time point and the
        colour channel.
    """

    data: Any
    leading: tuple[int, ...] = ()
    trailing: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.leading) + 2 + len(self.trailing) != len(self.data.shape):
            raise InputError(
                f"A single 2-D plane is needed, not an array of shape {tuple(self.data.shape)}."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        y, x = self.data.shape[len(self.leading) : len(self.leading) + 2]
        return int(y), int(x)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the array's values, in the computer's byte order."""
        native: np.dtype[Any] = np.dtype(self.data.dtype).newbyteorder("=")
        return native

    def read(self, region: Region) -> NDArray[Any]:
        """Return a region as a (Y, X) numpy array."""
        return np.asarray(self.data[(*self.leading, *region, *self.trailing)])


@dataclass(frozen=True, eq=False)
class Source:
    """The channels of one image, all of one size, cropped to a region.

    Attributes
    ----------
    planes
        One per channel.
    region
        Rows and columns that count; None for all.

    Raises
    ------
    InputError
        If there is no channel, or they differ in size, or hold no pixels, or aren't real numbers.
    """

    planes: tuple[Plane, ...]
    region: Region | None = None

    @classmethod
    def of(cls, image: NDArray[Any]) -> Source:
        """Take a (C, Y, X) array."""
        if len(image.shape) != 3:
            raise InputError(f"The image must be (C, Y, X), not {tuple(image.shape)}.")
        return cls(tuple(Plane(image, leading=(c,)) for c in range(image.shape[0])))

    def __post_init__(self) -> None:
        if not self.planes:
            raise InputError("Choose at least one image layer.")
        shapes = {plane.shape for plane in self.planes}
        if len(shapes) > 1:
            sizes = " and ".join(f"{y} x {x}" for y, x in sorted(shapes))
            raise InputError(f"The channels differ in size ({sizes} pixels): choose equal ones.")
        if 0 in self.shape:
            raise InputError("The image is empty: it has no pixels.")
        for plane in self.planes:
            if plane.dtype.kind not in "biuf":
                raise InputError(f"Images of type {plane.dtype} can't be segmented: convert them.")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the region in pixels."""
        if self.region is None:
            return self.planes[0].shape
        ys, xs = self.region
        return ys.stop - ys.start, xs.stop - xs.start

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type in which every channel fits and which a worker takes."""
        dtype = np.result_type(*(plane.dtype for plane in self.planes))
        if dtype.kind == "b":
            return np.dtype(np.uint8)
        if dtype.kind == "f":
            return np.dtype(np.float32 if dtype.itemsize <= 4 else np.float64)
        return np.dtype(np.float64) if dtype.itemsize > 4 else dtype

    @property
    def in_memory(self) -> bool:
        """Whether reading waits for nothing."""
        return all(type(plane.data) is np.ndarray for plane in self.planes)

    def read(self, region: Region, margins: Margins | None = None) -> NDArray[Any]:
        """Return a region of the region as a (C, Y, X) array of `dtype`.

        Parameters
        ----------
        region
            Rows and columns, counted from the first of the source's region.
        margins
            Of this source: get the background's intensity. NaN and infinities elsewhere become
            the smallest and largest finite value around them.
        """
        out = self._read(region)
        if margins is not None:
            margins.fill(out, region[0].start, region[1].start)
        if out.dtype.kind == "f":
            for channel in out:
                _make_finite(channel)
        return out

    def signal(self, region: Region, margins: Margins | None = None) -> NDArray[Any]:
        """Return the pixels of a region that count for statistics.

        Returns
        -------
        (C, Y, X) or (C, 1, N)
            With margins the N pixels that are none; of floating-point numbers all in their places,
            margins as NaN.
        """
        out = self._read(region)
        if margins is None:
            return out
        blank = margins.mask(out, region[0].start, region[1].start)
        if out.dtype.kind != "f":
            return out[:, None, ~blank]
        out[:, blank] = np.nan
        return out

    def margins(self) -> Margins | None:
        """Find where the source holds no signal; reads it once, on a lattice."""
        step = step_for(self.shape)
        height, width = self.shape
        return find_margins(self._read((slice(0, height), slice(0, width)), step), step)

    def _read(self, region: Region, step: int = 1) -> NDArray[Any]:
        """Return every `step`-th row and column of a region as it is, (C, Y, X)."""
        top, left = (0, 0) if self.region is None else (s.start for s in self.region)
        ys, xs = region
        window = (
            slice(top + ys.start, top + ys.stop, step),
            slice(left + xs.start, left + xs.stop, step),
        )
        return np.stack([plane.read(window).astype(self.dtype) for plane in self.planes])


def _make_finite(channel: NDArray[Any]) -> None:
    finite = np.isfinite(channel)
    if finite.all():
        return
    values = channel[finite]
    low, high = (values.min(), values.max()) if values.size else (0, 0)
    np.nan_to_num(channel, copy=False, nan=low, posinf=high, neginf=low)


def whole(shape: Sequence[int]) -> Region:
    """Return the region that covers an image of a height and width."""
    return slice(0, int(shape[0])), slice(0, int(shape[1]))
