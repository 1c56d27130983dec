"""What napari calls to save a labels layer, whatever the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..instances import RLE, Instances
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
        The layer's attributes. ``metadata["cellbench"]`` is the provenance, of which ``masks`` are
        overlapping masks that the layer shows flattened, and ``crowds`` are left out.

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
    provenance = dict(meta.get("metadata", {}).get("cellbench") or {})
    provenance.pop("crowds", None)
    objects = _unedited(labels, provenance.pop("masks", None))
    return [str(write_labels(path, objects, provenance=provenance, pixel_size=_pixel_size(meta)))]


def _unedited(labels: NDArray[Any], masks: list[RLE] | None) -> NDArray[Any] | Instances:
    """Return the overlapping masks that a layer shows, unless someone has painted on it since."""
    if masks is None or labels.ndim != 2:
        return labels
    exact = Instances.from_masks(masks, labels.shape)
    return exact if np.array_equal(exact.to_labels(), labels) else labels


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
