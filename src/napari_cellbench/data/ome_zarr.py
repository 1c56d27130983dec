"""OME-Zarr (NGFF 0.4 and 0.5): an image's folder with labels, or the folder of the labels."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import InputError
from .images import reading
from .units import PixelSize, known_pixel_size

LABELS = "labels"
"""Name of the group that holds an image's labels, and of the list of their names in it."""


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
    about
        What the file says of its axes and levels.
    notes
        What was chosen where there is more.
    """

    levels: tuple[Any, ...]
    axes: str
    pixel_size: PixelSize | None
    channels: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class OmeZarr:
    """The folder of an OME-Zarr, opened once; no pixel is read before it is asked for.

    Parameters
    ----------
    path
        Folder of an image, or of one of its labels; or of a plain zarr array.

    Raises
    ------
    InputError
        If zarr isn't installed, or the folder is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path):
            self._node = require_zarr(path.name).open(store=str(path), mode="r")

    @property
    def array(self) -> Any | None:
        """The zarr array of a folder that is nothing else; None for a group."""
        return self._node if hasattr(self._node, "dtype") else None

    @cached_property
    def label_names(self) -> tuple[str, ...]:
        """Names of an image's labels; an empty name for a folder that is labels itself.

        Raises
        ------
        InputError
            If the folder is no OME-Zarr.
        """
        with reading(self.path):
            if self.array is not None:
                return ()
            about = _about(self._group)
            if LABELS in about:
                return tuple(str(name) for name in about[LABELS])
            own = self.multiscale
            is_labels = "image-label" in about or own.levels[0].dtype.kind in "biu"
            return ("",) if LABELS not in self._node and is_labels else ()

    def labels(self, name: str) -> Multiscale:
        """Return labels by a name of `label_names`.

        Raises
        ------
        InputError
            If they are no labels.
        """
        with reading(self.path):
            group = self._group
            found = _multiscale(group[name] if name else group, self.path.name)
            check_labels(found.levels[0], self.path.name)
            return found

    @property
    def image(self) -> Multiscale | None:
        """The image that the labels belong to; None for a folder of labels alone."""
        with reading(self.path):
            alone = LABELS not in self._node or "multiscales" not in _about(self._node)
            return None if alone else self.multiscale

    @cached_property
    def multiscale(self) -> Multiscale:
        """The image, or the labels, that the folder holds itself.

        Raises
        ------
        InputError
            If it holds neither.
        """
        with reading(self.path):
            return _multiscale(self._node, self.path.name)

    @property
    def zarr_format(self) -> int:
        """Version of zarr's format, 2 or 3."""
        return int(self._node.metadata.zarr_format)

    @staticmethod
    def names_in(group: Any) -> tuple[str, ...]:
        """Return the names that a group of labels lists; none if it lists nothing."""
        return tuple(str(name) for name in _about(group).get(LABELS, ()))

    def consolidate(self) -> None:
        """Gather the metadata of all groups anew in the folder's own, if they were gathered."""
        if self._node.metadata.consolidated_metadata is None:
            return
        with warnings.catch_warnings():
            # Format 3 has no word on it yet.
            warnings.simplefilter("ignore")
            require_zarr(self.path.name).consolidate_metadata(str(self.path))

    @property
    def _group(self) -> Any:
        """The group of all labels where there is one, else the folder's own."""
        return self._node.get(LABELS, self._node)


def is_zarr(path: Path) -> bool:
    """Tell whether a folder is a zarr group or array."""
    return path.is_dir() and any(
        (path / name).is_file() for name in (".zgroup", ".zattrs", ".zarray", "zarr.json")
    )


def stem(path: Path) -> str:
    """Return the name without its endings."""
    return path.name.removesuffix(".zarr").removesuffix(".ome")


def check_labels(array: Any, name: str) -> None:
    """Raise an `InputError` if an array holds no whole numbers."""
    if array.dtype.kind not in "biu":
        raise InputError(f"{name} holds an image ({array.dtype}) where labels should be.")


def require_zarr(name: str) -> Any:
    """Return the package zarr, which need not be installed.

    Parameters
    ----------
    name
        Of the file that it is needed for.

    Raises
    ------
    InputError
        If it isn't.
    """
    try:
        import zarr
    except ImportError:
        raise InputError(
            f"{name} is OME-Zarr, which needs the package zarr: pip install zarr."
        ) from None
    return zarr


def _multiscale(group: Any, name: str) -> Multiscale:
    about = _about(group)
    if "multiscales" not in about:
        raise InputError(f"{name} is no OME-Zarr: it names no labels and no resolutions.")
    scales, *others = about["multiscales"]
    first, *further = scales["datasets"]
    datasets = [first, *(one for one in further if one["path"] in group)]
    levels = tuple(group[one["path"]] for one in datasets)
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
    names = tuple(str(one.get("label", "")) for one in channels)
    notes = (f"It holds {1 + len(others)} images: the first was taken.",) if others else ()
    return Multiscale(levels, letters, size, names, {**scales, "datasets": datasets}, notes)


def _about(node: Any) -> Mapping[str, Any]:
    """Return the attributes; version 0.5 keeps them under ``ome``."""
    attributes = dict(node.attrs)
    inner = attributes.get("ome")
    return inner if isinstance(inner, dict) else attributes
