"""Labels in OME-Zarr (NGFF): an image's folder with labels, or the folder of the labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files.limits import check_size
from ..images import reading
from ..instances import Instances
from .base import Annotated, ObjectFile, OneImage


def is_zarr(path: Path) -> bool:
    """Tell whether a folder is a zarr group or array."""
    return path.is_dir() and any(
        (path / name).is_file() for name in (".zgroup", ".zattrs", ".zarray", "zarr.json")
    )


def read(path: Path) -> ObjectFile:
    """Read the labels at full resolution; one 2-D plane is needed.

    Raises
    ------
    InputError
        If zarr isn't installed, there are no labels, or they have planes or frames.
    """
    try:
        import zarr
    except ImportError:
        raise InputError(
            f"{path.name} is OME-Zarr, which needs the package zarr: pip install zarr."
        ) from None
    notes: list[str] = []
    with reading(path):
        array = _labels(zarr.open(store=str(path), mode="r"), path.name, notes)
        if array.dtype.kind not in "biu":
            raise InputError(
                f"{path.name} holds an image ({array.dtype}), no labels: name the group of its "
                "labels."
            )
        if any(length > 1 for length in array.shape[:-2]):
            raise InputError(f"{path.name} has the shape {array.shape}: one 2-D plane is needed.")
        check_size(int(np.prod(array.shape)) * array.dtype.itemsize, path.name)
        labels = np.asarray(array[...]).reshape(array.shape[-2:])
    name = path.name.removesuffix(".zarr").removesuffix(".ome")
    return OneImage(name, Annotated(Instances.from_labels(labels), notes=tuple(notes)))


def _labels(node: Any, name: str, notes: list[str]) -> Any:
    """Find the array of the labels below a group."""
    if hasattr(node, "dtype"):
        return node
    if "labels" in node:
        node = node["labels"]
    about = _about(node)
    if "labels" in about:
        known = list(about["labels"])
        if not known:
            raise InputError(f"{name} has no labels.")
        if len(known) > 1:
            notes.append(f"{name} has several labels ({', '.join(known)}); {known[0]} are taken.")
        node = node[known[0]]
        about = _about(node)
    if "multiscales" not in about:
        raise InputError(f"{name} is no OME-Zarr: it names no labels and no resolutions.")
    return node[about["multiscales"][0]["datasets"][0]["path"]]


def _about(node: Any) -> Mapping[str, Any]:
    """Return the attributes; version 0.5 keeps them under ``ome``."""
    attributes = dict(node.attrs)
    inner = attributes.get("ome")
    return inner if isinstance(inner, dict) else attributes
