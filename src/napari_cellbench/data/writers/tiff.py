"""Label images as TIFF, for ImageJ wherever it has a type for them."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..units import PixelSize

IMAGEJ_LIMIT = 2**31
"""ImageJ reads no BigTIFF; tifffile decides on it by the size before compression."""


def write(
    file: BinaryIO,
    labels: NDArray[np.int32],
    record: dict[str, Any],
    pixel_size: PixelSize | None,
) -> None:
    """Write a label image, compressed without loss.

    Ids up to 65535 make an ImageJ hyperstack of 16 bits, with the record under *Image > Show
    Info...*. Beyond, ImageJ has no integer type: a plain TIFF of 32 bits holds the record in its
    description, as JSON.

    Parameters
    ----------
    file
        Where to write.
    labels : (Y, X), (Z, Y, X) or (T, Z, Y, X) int32
        0 is background.
    record
        Provenance.
    pixel_size
        Goes into the resolution tags.
    """
    import tifffile

    small = labels.size == 0 or int(labels.max()) <= np.iinfo(np.uint16).max
    data = labels.astype(np.uint16 if small else np.uint32)
    axes = "TZYX"[-labels.ndim :]
    # Along x, then y.
    per_um = (1 / pixel_size.x, 1 / pixel_size.y) if pixel_size else (1.0, 1.0)
    options: dict[str, Any]
    if small and data.nbytes < IMAGEJ_LIMIT:
        info = {"Info": json.dumps({"cellbench": record}, indent=1)}
        unit = {"unit": "um"} if pixel_size else {}
        options = {
            "imagej": True,
            "metadata": {"axes": axes, "mode": "grayscale", **info, **unit},
            "resolution": per_um,
        }
    else:
        options = {"metadata": {"axes": axes, "cellbench": record}}
        if pixel_size:
            options |= {
                "resolution": (per_um[0] * 1e4, per_um[1] * 1e4),
                "resolutionunit": "CENTIMETER",
            }
    tifffile.imwrite(file, data, compression="zlib", photometric="minisblack", **options)
