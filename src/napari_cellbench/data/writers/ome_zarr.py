"""Labels as OME-Zarr, plane by plane: beside an image that is there, or with a copy of the image.

Of zarr's format 2 it is NGFF 0.4, of format 3 NGFF 0.5. Labels are thinned to the further levels by
the nearest pixel, never averaged. Nothing is in its place before all planes are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files.atomic import replacing_folder
from ...files.protected import refuse_inputs
from ..instances import Instances
from ..ome_zarr import LABELS, OmeZarr, is_zarr, require_zarr
from ..sample import Sample
from .ngff import Pyramid, group_in, levels_of_labels, levels_of_sample, set_about
from .tiff import LeadingAxis

NAME = "cellbench"
"""What labels are called unless the person says."""
FORMAT = 2
"""Version of zarr for new images: most programs read it."""
_SOURCE = {"image-label": {"source": {"image": "../../"}}}
"""Where labels say that their image is."""


class Planes:
    """Takes the planes of labels, and of the image where that is written too.

    Attributes
    ----------
    record
        Provenance; goes into the file at the end.
    """

    def __init__(self, labels: Pyramid, image: Pyramid | None = None) -> None:
        self._labels, self._image = labels, image
        self.record: dict[str, Any] = {}

    def add(self, index: int, sample: Sample, objects: Instances) -> None:
        """Write a plane.

        Parameters
        ----------
        index
            Number of the plane, the last axis counting first.
        sample, objects
            The image, and what was found in it.
        """
        self._labels.write(index, objects.to_labels())
        if self._image is not None:
            self._image.write(index, sample.image)


@contextmanager
def writing_beside(store: Path, name: str = NAME, *, overwrite: bool = False) -> Iterator[Planes]:
    """Write labels into an image's OME-Zarr: ``labels/NAME``, with as many levels as the image.

    Parameters
    ----------
    store
        Folder of the image.
    name
        Of the labels.
    overwrite
        Whether labels of this name may go.

    Yields
    ------
    Planes
        Takes each plane of the image; the labels appear when the block ends.

    Raises
    ------
    InputError
        If zarr isn't installed, it is no OME-Zarr, the name can't be, labels of this name are
        there, or they can't be written.
    """
    place = check_beside(store, name, overwrite=overwrite)
    found = OmeZarr(store)
    levels = levels_of_labels(found.multiscale)
    with replacing_folder(place, beside=store) as folder:
        group = group_in(folder, found.zarr_format)
        planes = Planes(Pyramid(group, levels))
        yield planes
        set_about(group, {"multiscales": [levels.about(name)], **_SOURCE}, planes.record)
        check_beside(store, name, overwrite=overwrite)
        parent = group_in(store / LABELS, found.zarr_format)
    # Last of all: who reads meanwhile finds all that is named.
    names = [*dict.fromkeys((*OmeZarr.names_in(parent), name))]
    set_about(parent, {LABELS: names})
    found.consolidate()


@contextmanager
def writing_with_image(
    path: Path,
    first: Sample,
    leading: Sequence[int] = (),
    axes: Sequence[LeadingAxis] = (),
    *,
    name: str = NAME,
    overwrite: bool = False,
) -> Iterator[Planes]:
    """Write an OME-Zarr of an image and its labels.

    Parameters
    ----------
    path
        Folder to create or replace.
    first
        Any plane of the image: size, type, channels, size of a pixel.
    leading, axes
        Length and meaning of each axis in front of the plane.
    name
        Of the labels.
    overwrite
        Whether an OME-Zarr that is there may go.

    Yields
    ------
    Planes
        Takes each plane; the folder appears when the block ends.

    Raises
    ------
    InputError
        If zarr isn't installed, the name can't be, a folder is there, or it can't be written.
    """
    check_with_image(path, overwrite=overwrite)
    _check_name(name)
    letters = [axis.name.lower() for axis in axes]
    image = levels_of_sample(first, leading, letters)
    labels = levels_of_sample(first, leading, letters, labels=True)
    with replacing_folder(path) as folder:
        root = group_in(folder, FORMAT)
        group = group_in(folder / LABELS / name, FORMAT)
        planes = Planes(Pyramid(group, labels), Pyramid(root, image))
        yield planes
        set_about(group, {"multiscales": [labels.about(name)], **_SOURCE}, planes.record)
        set_about(group_in(folder / LABELS, FORMAT), {LABELS: [name]})
        set_about(
            root,
            {"multiscales": [image.about(first.name)], "omero": {"channels": _channels(first)}},
        )
        check_with_image(path, overwrite=overwrite)


def check_beside(store: Path, name: str, *, overwrite: bool) -> Path:
    """Tell before the work whether labels can and may be written; return their folder.

    Raises
    ------
    InputError
        See `writing_beside`.
    """
    _check_name(name)
    if not is_zarr(store):
        raise InputError(f"{store.name} is no OME-Zarr: name a file with --output.")
    place = store / LABELS / name
    if place.exists() and not overwrite:
        raise InputError(
            f"{store.name} has labels {name} already: choose another name with --label, or add "
            "--overwrite to replace them."
        )
    return place


def check_with_image(path: Path, *, overwrite: bool) -> None:
    """Tell before the work whether an OME-Zarr can and may be written.

    Raises
    ------
    InputError
        See `writing_with_image`.
    """
    require_zarr(path.name)
    refuse_inputs(path)
    if not path.exists():
        return
    if not is_zarr(path):
        raise InputError(f"{path} is there already, and is no OME-Zarr: choose another name.")
    if not overwrite:
        raise InputError(
            f"{path} is there already: choose another name, or add --overwrite to replace it."
        )


def _check_name(name: str) -> None:
    if not name or name.startswith((".", "_")) or set(name) & set('/\\:*?"<>|\0'):
        raise InputError(f"{name!r} can't be the name of labels: use letters, numbers, - and _.")


def _channels(sample: Sample) -> list[dict[str, Any]]:
    """Say what viewers show of the channels: names, colours, and the range of the first plane."""
    names = sample.metadata.get("channels") or sample.roles
    colours = {"nucleus": "0000FF", "whole_cell": "00FF00", "red": "FF0000", "green": "00FF00"}
    colours |= {"blue": "0000FF"}
    return [
        {
            "label": str(name),
            "color": colours.get(role, "FFFFFF"),
            "active": True,
            "window": _window(channel),
        }
        for name, role, channel in zip(names, sample.roles, sample.image, strict=True)
    ]


def _window(channel: NDArray[Any]) -> dict[str, float]:
    finite = channel[np.isfinite(channel)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return {"min": low, "start": low, "end": high, "max": high}
