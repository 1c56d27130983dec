"""An array that is an image, as a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .axes import layout_of
from .images import native
from .kind import kind_of
from .sample import RGB, Sample


def sample_of_array(array: NDArray[Any], name: str = "array") -> Sample:
    """Make a sample of an array, and say what its channels look like.

    Parameters
    ----------
    array : (Y, X), (C, Y, X) or (Y, X, C)
        Of any real dtype; three channels behind rows and columns are red, green and blue.
    name
        Of the sample.

    Raises
    ------
    InputError
        If it has other axes, or is of no numbers.
    """
    if array.ndim not in (2, 3) or not array.size or array.dtype.kind not in "biuf":
        raise InputError(
            "An image is an array of numbers, (Y, X), (C, Y, X) or (Y, X, C), not one of "
            f"{array.dtype} and the shape {array.shape}."
        )
    layout = layout_of(array.shape, "QYX"[-array.ndim :], name)
    pixels = native(layout.apply(array))
    kind = kind_of(pixels, colour=layout.channel == 2 and len(pixels) == len(RGB))
    pixels = np.ascontiguousarray(pixels[list(kind.channels)])
    notes = (*layout.notes, *(f"{name}: {note}" for note in kind.notes))
    return Sample(name, pixels, kind.roles, notes=notes, kind=kind)
