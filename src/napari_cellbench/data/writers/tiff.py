"""Label images as TIFF, for ImageJ wherever it has a type for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..units import PixelSize

IMAGEJ_LIMIT = 2**31
"""ImageJ reads no BigTIFF; tifffile decides on it by the size before compression."""


class LeadingAxis(NamedTuple):
    """An axis in front of the plane.

    Attributes
    ----------
    name
        Depth, or time.
    step
        Micrometres or seconds from one plane to the next; None if not known.
    """

    name: Literal["Z", "T"]
    step: float | None = None


def write(
    file: BinaryIO,
    labels: NDArray[np.int32],
    record: dict[str, Any],
    pixel_size: PixelSize | None,
    leading: Sequence[LeadingAxis] = (),
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
    leading
        The axes in front of the plane; depth, and time in front of it, if left out.
    """
    import tifffile

    small = labels.size == 0 or int(labels.max()) <= np.iinfo(np.uint16).max
    data = labels.astype(np.uint16 if small else np.uint32)
    axes = "".join(axis.name for axis in leading) + "YX" if leading else "TZYX"[-labels.ndim :]
    steps: dict[str, float] = {axis.name: axis.step for axis in leading if axis.step}
    if axes == "ZTYX":
        # ImageJ counts time in front of depth.
        data, axes = np.swapaxes(data, 0, 1), "TZYX"
    # Along x, then y.
    per_um = (1 / pixel_size.x, 1 / pixel_size.y) if pixel_size else (1.0, 1.0)
    options: dict[str, Any]
    if small and data.nbytes < IMAGEJ_LIMIT:
        info = {"Info": json.dumps({"cellbench": record}, indent=1)}
        unit = {"unit": "um"} if pixel_size else {}
        options = {
            "imagej": True,
            "metadata": {"axes": axes, "mode": "grayscale", **info, **unit, **_imagej(steps)},
            "resolution": per_um,
        }
    else:
        options = {"metadata": {"axes": axes, "cellbench": record, **_imagej(steps)}}
        if pixel_size:
            options |= {
                "resolution": (per_um[0] * 1e4, per_um[1] * 1e4),
                "resolutionunit": "CENTIMETER",
            }
    tifffile.imwrite(file, data, compression="zlib", photometric="minisblack", **options)


def _imagej(steps: Mapping[str, float]) -> dict[str, Any]:
    """Return depth and time between planes as ImageJ names them: micrometres and seconds."""
    found: dict[str, Any] = {}
    if depth := steps.get("Z"):
        found |= {"spacing": depth, "unit": "um"}
    if interval := steps.get("T"):
        found["finterval"] = interval
    return found
