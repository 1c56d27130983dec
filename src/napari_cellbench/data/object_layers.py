"""Files of objects alone, without their image, as napari's labels layers: what was exported opens.

They are read by the same functions as for scores; see `truth_files`.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files.inputs import open_input
from ..files.limits import check_size
from ..files.protected import remember_input
from .images import IMAGE_SUFFIXES, image_shape, reading
from .ome_zarr import OmeZarr, is_zarr, stem
from .readers.base import find_file
from .record import noted
from .truth_files import ObjectFile, read_object_file
from .units import layer_scale

LayerData = tuple[Any, dict[str, Any], str]

SUFFIXES = (".geojson", ".roi", ".zip")
"""Endings of files that hold outlines and nothing else."""
MOST_AT_ONCE = 20
"""Layers that one file becomes at most."""


def holds_objects(path: Path) -> bool:
    """Tell whether a file or folder is one of objects alone, by its name and its contents' list."""
    if path.is_dir():
        return is_zarr(path) and _has_labels(path)
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _has_regions(path)
    return suffix in SUFFIXES


def object_layers(path: Path) -> list[LayerData]:
    """Return a labels layer for each image that a file has objects of.

    A layer is as large as the file says; else as the image of the same name beside it; else it
    holds just what is outlined, which a note says.

    Raises
    ------
    InputError
        If the file is damaged, or of no such format.
    """
    path = Path(path).absolute()
    remember_input(path)
    with reading(path):
        if path.is_dir():
            return _zarr_layers(path)
        found = read_object_file(path)
        if len(found.names) > MOST_AT_ONCE:
            raise InputError(
                f"{path.name} has the objects of {len(found.names):,} images: open its folder, or "
                "score it with `cellbench score`."
            )
        return [_layer(path, found, name) for name in found.names]


def _layer(path: Path, found: ObjectFile, name: str) -> LayerData:
    shape, notes = found.shape(name), []
    if shape is None:
        shape = found.least_shape(name)
        image = find_file(path, (path.stem, path.stem.removesuffix("_rois"), name), IMAGE_SUFFIXES)
        if image is not None:
            _, height, width = image_shape(image)
            if height < shape[0] or width < shape[1]:
                raise InputError(
                    f"{path.name} outlines objects up to {shape[0]} x {shape[1]} pixels, and "
                    f"{image.name} beside it has only {height} x {width}: one of them belongs to "
                    "another image."
                )
            shape = height, width
        else:
            notes.append(
                f"{path.name} doesn't say how large its image is: the layer has the "
                f"{shape[0]} x {shape[1]} pixels that hold all outlines."
            )
    read = found.read(name, shape)
    record: dict[str, Any] = {"sample": name}
    if told := [*notes, *read.notes]:
        record["notes"] = told
    if read.instances.masks is not None:
        record["masks"] = list(read.instances.masks)
    if read.crowds is not None:
        record["crowds"] = list(read.crowds.to_masks())
    options = {"name": name, "metadata": noted(record)}
    return read.instances.to_labels(), options, "labels"


def _zarr_layers(path: Path) -> list[LayerData]:
    """Return the image's channels, read when shown, and its labels above them."""
    import dask.array as da

    name_of_image, found = stem(path), OmeZarr(path)
    layers: list[LayerData] = []
    image = found.image
    if image is not None:
        further = len(image.axes.replace("c", ""))
        options: dict[str, Any] = {"name": name_of_image} | layer_scale(image.pixel_size, further)
        if "c" in image.axes:
            options["channel_axis"] = image.axes.index("c")
        levels = [da.from_zarr(level) for level in image.levels]
        layers.append((levels, options | {"multiscale": True}, "image"))
    for name in found.label_names:
        labels = found.labels(name)
        options = {
            "name": f"{name_of_image} · {name}" if name else name_of_image,
            "metadata": noted({"sample": name_of_image}),
        } | layer_scale(labels.pixel_size, len(labels.axes))
        check_size(labels.levels[0].nbytes, path.name)
        pixels = np.asarray(labels.levels[0][...])
        pixels = pixels.view(np.uint8) if pixels.dtype.kind == "b" else pixels
        layers.append((pixels, options, "labels"))
    return layers


def _has_labels(path: Path) -> bool:
    try:
        return bool(OmeZarr(path).label_names)
    except InputError:
        return False


def _has_regions(path: Path) -> bool:
    try:
        with reading(path), open_input(path) as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            return bool(archive.comment) if not names else names[0].lower().endswith(".roi")
    except InputError:
        # Whoever opens it is told what is wrong with it.
        return True
