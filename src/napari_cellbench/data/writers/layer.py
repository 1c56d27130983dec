"""What napari calls to save a labels layer, whatever the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..instances import RLE, Instances
from ..record import in_metadata
from ..units import PixelSize, known_pixel_size
from . import write_labels
from .tiff import LeadingAxis

# What napari's units are called; "pixel" says that the size is not known.
SECONDS = {"millisecond": 1e-3, "second": 1.0, "minute": 60.0, "hour": 3600.0}
MICROMETRES = {"nanometer": 1e-3, "micrometer": 1.0, "millimeter": 1e3}


def write_layer(
    path: str, data: Any, meta: Mapping[str, Any], *, correction: bool = False
) -> list[str]:
    """Write a labels layer; a napari writer.

    Parameters
    ----------
    path
        File to create or replace.
    data
        Labels; of a multiscale layer the list of its levels, of which the first is written.
    meta
        The layer's attributes. ``metadata["cellbench"]`` is the provenance, of which ``masks`` are
        overlapping masks that the layer shows flattened, ``scores`` the objects' own, and
        ``crowds`` are left out.
    correction
        Whether the layer was read from this very file; a truth may be, in any case.

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
    provenance = dict(in_metadata(meta.get("metadata")))
    provenance.pop("crowds", None)
    objects = _objects(labels, provenance.pop("masks", None), provenance.pop("scores", None))
    written = write_labels(
        path,
        objects,
        provenance=provenance,
        pixel_size=_pixel_size(meta),
        axes=_leading_axes(meta, labels.ndim),
        correction=correction or bool(provenance.get("truth")),
    )
    return [str(written)]


def _objects(
    labels: NDArray[Any], masks: list[RLE] | None, scores: list[float] | None
) -> NDArray[Any] | Instances:
    """Return what a layer shows with its masks and scores, unless someone painted on it since.

    Scores are by object: they count as long as there are as many objects.
    """
    if labels.ndim != 2 or (masks is None and scores is None):
        return labels
    if masks is not None:
        exact = Instances.from_masks(masks, labels.shape, _for(len(masks), scores))
        if np.array_equal(exact.to_labels(), labels):
            return exact
    flat = Instances.from_labels(labels)
    return Instances.from_labels(labels, _for(len(flat), scores))


def _for(count: int, scores: list[float] | None) -> list[float] | None:
    return scores if scores is not None and len(scores) == count else None


def _leading_axes(meta: Mapping[str, Any], ndim: int) -> tuple[LeadingAxis, ...]:
    """Return what the axes in front of the plane are: planes of a volume, or points of time.

    Axes are told by their units, else by their names; else the last of them is depth.
    """
    scale, units = meta.get("scale"), meta.get("units")
    names = meta.get("axis_labels") or ()
    found = []
    for i in range(-ndim, -2):
        step = abs(float(scale[i])) if scale is not None else 1.0
        unit = str(units[i]) if units is not None else "pixel"
        name = str(names[i])[:1].lower() if len(names) >= ndim else ""
        if unit in SECONDS or (name == "t" and unit not in MICROMETRES):
            found.append(LeadingAxis("T", step * SECONDS[unit] if unit in SECONDS else None))
        elif unit in MICROMETRES:
            found.append(LeadingAxis("Z", step * MICROMETRES[unit]))
        else:
            found.append(LeadingAxis("T" if i == -4 else "Z", None))
    return tuple(found)


def _pixel_size(meta: Mapping[str, Any]) -> PixelSize | None:
    """Return the size of the layer's pixels, if it is known."""
    scale, units = meta.get("scale"), meta.get("units")
    if scale is None or units is None:
        return None
    height, width = (
        abs(float(side)) * MICROMETRES.get(str(unit), 0)
        for side, unit in zip(scale[-2:], units[-2:], strict=True)
    )
    return known_pixel_size((height, width))
