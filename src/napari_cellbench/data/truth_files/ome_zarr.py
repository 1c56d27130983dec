"""OME-Zarr (NGFF 0.4 and 0.5): an image's folder with labels, or the folder of the labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files.limits import check_size
from ..images import reading
from ..instances import Instances
from ..units import PixelSize, known_pixel_size
from .base import Annotated, ObjectFile, OneImage


@dataclass(frozen=True, eq=False)
class Multiscale:
    """An image, or labels, of an OME-Zarr.

    Attributes
    ----------
    levels
        zarr arrays, the largest first.
    axes
        A letter for each: "tczyx" or some of them.
    pixel_size
        Height and width of a pixel of the largest level, in micrometres; None if not told so.
    channels
        Names of the channels, where they are told.
    """

    levels: tuple[Any, ...]
    axes: str
    pixel_size: PixelSize | None
    channels: tuple[str, ...] = ()


def is_zarr(path: Path) -> bool:
    """Tell whether a folder is a zarr group or array."""
    return path.is_dir() and any(
        (path / name).is_file() for name in (".zgroup", ".zattrs", ".zarray", "zarr.json")
    )


def stem(path: Path) -> str:
    """Return the name without its endings."""
    return path.name.removesuffix(".zarr").removesuffix(".ome")


def read(path: Path) -> ObjectFile:
    """Read the labels at full resolution; one 2-D plane is needed.

    Raises
    ------
    InputError
        If zarr isn't installed, there are no labels, or they have planes or frames.
    """
    notes: tuple[str, ...] = ()
    with reading(path):
        node = _open(path)
        if hasattr(node, "dtype"):
            labels = _plane(node, path.name)
        else:
            known = label_names(path)
            if not known:
                raise InputError(f"{path.name} has no labels.")
            others = f"{path.name} has several labels ({', '.join(known)}); {known[0]} are taken."
            notes = (others,) if len(known) > 1 else notes
            labels = _plane(labels_of(path, known[0]).levels[0], path.name)
    return OneImage(stem(path), Annotated(Instances.from_labels(labels), notes=notes))


def label_names(path: Path) -> tuple[str, ...]:
    """Return the names of an image's labels; an empty name for a folder that is labels itself.

    Raises
    ------
    InputError
        If zarr isn't installed, or the folder is no OME-Zarr.
    """
    with reading(path):
        node = _open(path)
        if hasattr(node, "dtype"):
            return ()
        group = node.get("labels", node)
        about = _about(group)
        if "labels" in about:
            return tuple(str(name) for name in about["labels"])
        if "multiscales" not in about:
            raise InputError(f"{path.name} is no OME-Zarr: it names no labels and no resolutions.")
        return ("",) if "labels" not in node and _is_labels(group) else ()


def labels_of(path: Path, name: str) -> Multiscale:
    """Return labels by a name of `label_names`.

    Raises
    ------
    InputError
        If they are no labels.
    """
    with reading(path):
        node = _open(path)
        node = node.get("labels", node)
        found = _multiscale(node[name] if name else node, path.name)
        if found.levels[0].dtype.kind not in "biu":
            kind = found.levels[0].dtype
            raise InputError(f"{path.name} holds an image ({kind}) where labels should be.")
        return found


def image_of(path: Path) -> Multiscale | None:
    """Return the image that the labels belong to; None for a folder of labels alone."""
    with reading(path):
        node = _open(path)
        alone = "labels" not in node or "multiscales" not in _about(node)
        return None if alone else _multiscale(node, path.name)


def multiscale_of(path: Path) -> Multiscale:
    """Return the image, or the labels, that a folder holds itself.

    Raises
    ------
    InputError
        If zarr isn't installed, or the folder is no OME-Zarr.
    """
    with reading(path):
        return _multiscale(_open(path), path.name)


def _open(path: Path) -> Any:
    try:
        import zarr
    except ImportError:
        raise InputError(
            f"{path.name} is OME-Zarr, which needs the package zarr: pip install zarr."
        ) from None
    return zarr.open(store=str(path), mode="r")


def _plane(array: Any, name: str) -> NDArray[Any]:
    if array.dtype.kind not in "biu":
        raise InputError(
            f"{name} holds an image ({array.dtype}), no labels: name the group of its labels."
        )
    if any(length > 1 for length in array.shape[:-2]):
        raise InputError(f"{name} has the shape {array.shape}: one 2-D plane is needed.")
    check_size(int(np.prod(array.shape)) * array.dtype.itemsize, name)
    return np.asarray(array[...]).reshape(array.shape[-2:])


def _is_labels(group: Any) -> bool:
    return "image-label" in _about(group) or _multiscale(group, "").levels[0].dtype.kind in "biu"


def _multiscale(group: Any, name: str) -> Multiscale:
    about = _about(group)
    if "multiscales" not in about:
        raise InputError(f"{name} is no OME-Zarr: it names no labels and no resolutions.")
    scales = about["multiscales"][0]
    first, *further = (one["path"] for one in scales["datasets"])
    levels = (group[first], *(group[path] for path in further if path in group))
    ndim = levels[0].ndim
    axes = scales.get("axes") or [{"name": letter} for letter in "tczyx"[-ndim:]]
    letters = "".join(str(one["name"] if isinstance(one, dict) else one)[:1] for one in axes)
    units = {one.get("unit") for one in axes[-2:] if isinstance(one, dict)}
    size = None
    for one in scales["datasets"][0].get("coordinateTransformations", ()):
        if one.get("type") == "scale" and units == {"micrometer"}:
            size = known_pixel_size(tuple(one["scale"][-2:]))
    if len(letters) != ndim:
        raise InputError(f"{name} is damaged: {len(letters)} axes of {ndim} dimensions.")
    channels = about.get("omero", {}).get("channels", ())
    return Multiscale(levels, letters, size, tuple(str(one.get("label", "")) for one in channels))


def _about(node: Any) -> Mapping[str, Any]:
    """Return the attributes; version 0.5 keeps them under ``ome``."""
    attributes = dict(node.attrs)
    inner = attributes.get("ome")
    return inner if isinstance(inner, dict) else attributes
