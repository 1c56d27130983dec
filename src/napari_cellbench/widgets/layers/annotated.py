"""Image layers with the labels on them, as what a network learns from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from ...corrections.collection import Region
from ...data import Instances, Role, Sample, Target
from ...data.record import record_of
from ...data.roles import outlined
from ...data.source import Plane, Source, whole
from ...data.units import PixelSize
from ...errors import InputError
from .kind import is_quick, kind_of_layer
from .pixels import pixel_size
from .source import Input, current_index, full_resolution, spatial_shape, visible_region

SLOTS = ("nucleus", "whole_cell", "rgb")
"""Roles under which `Input` takes layers, in the order of a network's channels."""


@dataclass(frozen=True, eq=False)
class Annotated:
    """A plane of labels with the image below it: the labels as they are now, the image unread.

    Attributes
    ----------
    name, file
        Of the image.
    source, roles
        The image, and what its channels show.
    labels : (Y, X) integer
        A copy.
    target
        What the labels outline.
    pixel_size
        In micrometres, where known.
    region
        What of it is seen; None for all.
    """

    name: str
    file: str
    source: Source
    roles: tuple[Role, ...]
    labels: NDArray[Any]
    target: Target
    pixel_size: PixelSize | None
    region: Region | None = None

    def sample(self) -> Sample:
        """Read the image; may take a while.

        Raises
        ------
        InputError
            If it can't be read, or the labels aren't such.
        """
        pixels = self.source.read(whole(self.source.shape))
        truth = {self.target: Instances.from_labels(self.labels)}
        return Sample(self.name, pixels, self.roles, truth, pixel_size=self.pixel_size)


def images_of(viewer: Any, labels: Any) -> dict[str, Image]:
    """Return the image layers that labels belong to, by role: of their sample, or of their size.

    The record counts most: the sample, else the image that a result was made from. Else of several
    images of the same size those that are seen count, the upper one of two of the same role.
    """
    try:
        shape = spatial_shape(labels)
    except InputError:
        return {}
    fitting = [one for one in viewer.layers if _is_image(one) and _fits(one, shape)]
    own = record_of(labels)
    for known in (
        [
            one
            for one in fitting
            if own.get("sample") and record_of(one).get("sample") == own["sample"]
        ],
        [one for one in fitting if own.get("image") and own["image"] in (one.name, file_of(one))],
        [one for one in fitting if one.visible],
    ):
        if known:
            fitting = known
            break
    found = {_slot(layer): layer for layer in fitting}
    return {slot: found[slot] for slot in SLOTS if slot in found}


def annotated(
    viewer: Any, labels: Any, images: dict[str, Any] | None = None, *, only_visible: bool = False
) -> Annotated:
    """Return the plane of labels that is shown, with its image.

    Parameters
    ----------
    viewer
        napari's viewer.
    labels
        One of its layers.
    images
        By role; None for those that belong to the labels.
    only_visible
        Whether only the part in view counts.

    Raises
    ------
    InputError
        If there is no image, it doesn't fit, or none of it is in view.
    """
    region = None
    if only_visible:
        rows, columns = visible_region(labels)
        region = rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start
    index = current_index(labels, viewer.dims.point)
    return _at(labels, index, _chosen(viewer, labels, images), region)


def annotated_planes(viewer: Any, labels: Any) -> Iterator[Annotated]:
    """Yield all planes of labels that have cells, each with its image.

    Raises
    ------
    InputError
        See `annotated`.
    """
    images = _chosen(viewer, labels, None)
    for index in np.ndindex(spatial_shape(labels)[:-2]):
        one = _at(labels, index, images, None)
        if one.labels.any():
            yield one


def _chosen(viewer: Any, labels: Any, images: dict[str, Any] | None) -> dict[str, Any]:
    images = images or images_of(viewer, labels)
    if not images:
        raise InputError(f"There is no image of the size of {labels.name}: open it first.")
    return images


def _at(
    labels: Any, index: tuple[int, ...], images: dict[str, Any], region: Region | None
) -> Annotated:
    of = Input(images)
    plane = Plane(full_resolution(labels), index)
    where = current_index(of.first, tuple(labels.data_to_world((*index, 0, 0))))
    source = of.source(where)
    if source.shape != plane.shape:
        raise InputError(f"{of.first.name} and {labels.name} differ in size.")
    record, own = record_of(of.first), record_of(labels)
    named = record.get("samples") or ()
    name = str(named[where[0]]) if where and where[0] < len(named) else ""
    number = "" if name or not where else "-" + "-".join(map(str, where))
    return Annotated(
        name=name or f"{record.get('sample') or Path(of.first.name).stem}{number}",
        file=file_of(of.first) or of.first.name,
        source=source,
        roles=of.roles,
        labels=np.array(plane.read(whole(plane.shape))),
        target=own.get("target") or outlined(of.roles),
        pixel_size=pixel_size(of.first),
        region=region,
    )


def file_of(layer: Any) -> str:
    """Return the name of the file that a layer was read from; empty where there is none."""
    return Path(layer.source.path or "").name


def _is_image(layer: Any) -> bool:
    # Of a plugin's viewer the layers are proxies.
    return bool(layer._type_string == "image") and "training" not in record_of(layer)


def _fits(layer: Any, shape: tuple[int, ...]) -> bool:
    try:
        return spatial_shape(layer) == shape
    except InputError:
        return False


def _slot(layer: Any) -> str:
    """Return the role under which `Input` takes a layer."""
    role = record_of(layer).get("role", "")
    looks = kind_of_layer(layer).name if not role and is_quick(layer) else ""
    if layer.rgb or role == "phase" or looks == "phase_contrast":
        return "rgb"
    return "whole_cell" if role == "whole_cell" else "nucleus"
