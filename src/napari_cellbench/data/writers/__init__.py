"""Label images and masks go out, in the formats of other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files.outputs import exporting
from ..instances import Instances, as_labels
from ..units import known_pixel_size
from . import cellpose_seg, coco, geojson, imagej_roi, tiff

Writer = Callable[[BinaryIO, Instances, dict[str, Any]], None]

WRITERS: dict[str, Writer] = {
    "_seg.npy": cellpose_seg.write,
    ".json": coco.write,
    ".geojson": geojson.write,
    ".zip": imagej_roi.write,
}
"""How to write one plane, by the ending of the file's name. TIFF takes any number of planes."""

TIFF = (".tif", ".tiff")
ENDINGS = (*TIFF, *WRITERS)
"""Those that the name of a file with labels may have."""


def write_labels(
    path: Path | str,
    instances_or_labels: Instances | NDArray[Any],
    *,
    provenance: Mapping[str, Any] | None = None,
    pixel_size: tuple[float, float] | float | None = None,
    axes: Sequence[tiff.LeadingAxis] = (),
    correction: bool = False,
) -> Path:
    """Write objects to a file, whole or not at all; the name's ending says in which format.

    ============= ========================================================================
    ``.tif``      Label image of 16 or 32 bits; the only format that takes stacks.
    ``.json``     COCO; the only one that keeps overlapping masks and empty ones.
    ``.geojson``  Polygons along the pixels' edges (QuPath). Masks may overlap.
    ``.zip``      ImageJ ROIs along the pixels' edges. Masks may overlap.
    ``_seg.npy``  For the Cellpose GUI.
    ============= ========================================================================

    Parameters
    ----------
    path
        File to create or replace.
    instances_or_labels
        Objects of one plane, or an integer label image, 0 for background: (Y, X), or for TIFF
        (Z, Y, X) or (T, Z, Y, X). Formats that hold a label image get overlapping masks flattened,
        the higher score on top.
    provenance
        How the objects came about; goes into the file. ``image`` names the image, ``target`` tells
        nuclei ("nucleus") from cells.
    pixel_size
        Height and width of a pixel in micrometres, or the side of a square, where known. What
        can't be one counts as unknown.
    axes
        What the axes of a stack in front of the plane are, for TIFF; depth, and time in front of
        it, if left out.
    correction
        Whether they are labels that were read, corrected since: these may take their file's place.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the ending is none of these, the labels don't fit the format, the file is one that was
        read, or the disk is full or the folder not writable; then a file that was there before is
        as it was.
    """
    path = Path(path)
    if 0 in instances_or_labels.shape:
        raise InputError(f"{path.name} was not written: the labels have no pixels.")
    record = _plain(provenance or {})
    size = known_pixel_size(pixel_size)
    if size:
        record["pixel_size_um"] = size.plain()
    name = path.name.lower()
    if name.endswith(TIFF):
        labels = _stack(instances_or_labels)

        def save(file: BinaryIO) -> None:
            tiff.write(file, labels, record, size, axes)
    else:
        ending = next((ending for ending in WRITERS if name.endswith(ending)), None)
        if ending is None:
            raise InputError(
                f"{path.name}: no format for this name. It must end in {', '.join(ENDINGS)}."
            )
        instances = _plane(instances_or_labels, path.name)
        record.setdefault("image", path.name[: -len(ending)])

        def save(file: BinaryIO) -> None:
            WRITERS[ending](file, instances, record)

    with exporting(path, correction=correction) as file:
        save(file)
    return path


def _stack(given: Instances | NDArray[Any]) -> NDArray[np.int32]:
    if isinstance(given, Instances):
        return given.to_labels()
    labels = np.asarray(given)
    if labels.ndim not in (2, 3, 4):
        raise InputError(f"Labels must be (Y, X), (Z, Y, X) or (T, Z, Y, X), not {labels.shape}.")
    return as_labels(labels.reshape(-1, labels.shape[-1])).reshape(labels.shape)


def _plane(given: Instances | NDArray[Any], name: str) -> Instances:
    if isinstance(given, Instances):
        return given
    if given.ndim > 2 and np.prod(given.shape[:-2]) != 1:
        raise InputError(
            f"{name}: this format holds one plane and the labels are {given.shape}. "
            "Export one plane, or all as TIFF."
        )
    return Instances.from_labels(np.asarray(given).reshape(given.shape[-2:]))


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record that every format can hold: nothing but JSON's types."""

    def plain(value: Any) -> Any:
        return value.tolist() if isinstance(value, np.generic | np.ndarray) else str(value)

    result: dict[str, Any] = json.loads(json.dumps(dict(record), default=plain))
    return result
