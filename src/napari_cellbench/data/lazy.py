"""Images that are read plane by plane: arrays of zarr and dask, whatever file they are from."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files.limits import check_size
from .axes import layout_of
from .stored import Stored
from .units import PixelSize

SAMPLES = "S"
"""Letter of an axis of colours."""


def stored_of(
    array: Any,
    axes: str,
    name: str,
    *,
    stacks: bool = False,
    pixel_size: PixelSize | None = None,
    channels: Sequence[str] = (),
    notes: tuple[str, ...] = (),
) -> Stored:
    """Say what an array holds; one plane of it is read at a time, with all its channels.

    Parameters
    ----------
    array
        zarr, dask, or whatever else slices as numpy does.
    axes
        A letter for each axis, as for `layout_of`; S is one of colours.
    name
        Of the file, for messages.
    stacks
        Whether there may be planes and frames: `Stored.plane` reads them.
    pixel_size, channels, notes
        Of the image; names of another number than that of the channels are left out.

    Raises
    ------
    InputError
        If there are more axes than depth, time and channels, or planes that aren't wanted.
    """
    layout = layout_of(array.shape, axes, name, stacks=stacks)
    shape = layout.shape_of(array.shape)
    colours = shape[0] if layout.channel is not None and axes[layout.channel] == SAMPLES else 0
    leading = tuple((axes[axis], int(array.shape[axis])) for axis in layout.leading)
    counts = tuple(length for _, length in leading)

    def plane(index: int) -> NDArray[Any]:
        check_size(prod(shape) * array.dtype.itemsize, name)
        window = [slice(None)] * array.ndim
        for axis, at in zip(layout.leading, np.unravel_index(index, counts or 1), strict=False):
            window[axis] = slice(int(at), int(at) + 1)
        return layout.apply(np.asarray(array[tuple(window)])).reshape(shape)

    return Stored(
        shape,
        lambda: plane(0),
        colour=colours in (3, 4),
        alpha=colours == 4,
        pixel_size=pixel_size,
        channels=tuple(channels) if len(channels) == shape[0] and not colours else (),
        notes=(*notes, *layout.notes),
        leading=leading,
        plane=plane,
    )
