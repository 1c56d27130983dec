"""What napari calls to save a labels layer, whatever the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import write_labels

# What napari's units are called; "pixel" says that the size is not known.
MICROMETRES = {"nanometer": 1e-3, "micrometer": 1.0, "millimeter": 1e3}


def write_layer(path: str, data: Any, meta: Mapping[str, Any]) -> list[str]:
    """Write a labels layer; a napari writer.

    Parameters
    ----------
    path
        File to create or replace.
    data
        Labels; of a multiscale layer the list of its levels, of which the first is written.
    meta
        The layer's attributes. ``metadata["cellbench"]`` is the provenance.

    Returns
    -------
    list of str
        The path.

    Raises
    ------
    InputError
        See `write_labels`.
    """
    labels = np.asarray(data[0] if meta.get("multiscale") else data)
    provenance = meta.get("metadata", {}).get("cellbench")
    return [str(write_labels(path, labels, provenance=provenance, pixel_size=_pixel_size(meta)))]


def _pixel_size(meta: Mapping[str, Any]) -> float | None:
    """Return the side of the layer's pixels in micrometres, if they are square and it is known."""
    scale, units = meta.get("scale"), meta.get("units")
    if scale is None or units is None:
        return None
    height, width = (
        float(side) * MICROMETRES.get(str(unit), 0)
        for side, unit in zip(scale[-2:], units[-2:], strict=True)
    )
    return height if height > 0 and np.isclose(height, width) else None
