"""One way in for files of objects: the ending of the name says how to read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...errors import InputError
from ..images import IMAGE_SUFFIXES, read_noted_labels
from ..instances import Instances
from ..microscopes import MICROSCOPE_SUFFIXES
from ..ome_zarr import is_zarr
from ..readers.cellpose_seg import read_seg
from . import coco, geojson, imagej_roi, ome_zarr
from .base import Annotated, ObjectFile, OneImage


def _seg(path: Path) -> ObjectFile:
    seg = read_seg(path)
    annotated = Annotated(Instances.from_labels(seg.labels), notes=seg.notes)
    return OneImage(path.name[: -len("_seg.npy")], annotated)


def _image(path: Path) -> ObjectFile:
    labels, notes = read_noted_labels(path)
    return OneImage(path.stem, Annotated(Instances.from_labels(labels), notes=notes))


FORMATS: dict[str, Callable[[Path], ObjectFile]] = {
    "_seg.npy": _seg,
    ".json": coco.read,
    ".geojson": geojson.read,
    ".zip": imagej_roi.read,
    ".roi": imagej_roi.read,
    **dict.fromkeys((*IMAGE_SUFFIXES, *MICROSCOPE_SUFFIXES), _image),
}
"""How to read a file, by the ending of its name; OME-Zarr is a folder."""


def read_object_file(path: Path | str) -> ObjectFile:
    """Open a file of objects: a label image, COCO, GeoJSON, ImageJ's regions, and others.

    Raises
    ------
    InputError
        If it can't be read, or is of no such format.
    """
    path = Path(path)
    if is_zarr(path):
        return ome_zarr.read(path)
    name = path.name.lower()
    read = next((read for ending, read in FORMATS.items() if name.endswith(ending)), None)
    if read is None:
        raise InputError(
            f"{path.name} is no file of objects that is known here: label images "
            f"({', '.join(IMAGE_SUFFIXES)}), COCO (.json), GeoJSON (.geojson), ImageJ regions "
            "(.zip, .roi), Cellpose (_seg.npy) or OME-Zarr."
        )
    return read(path)


def read_instances(path: Path | str, shape: tuple[int, int] | None = None) -> Instances:
    """Read the objects of one image from whatever file holds them.

    Parameters
    ----------
    path
        See `read_object_file`.
    shape
        Height and width of the image, for files that don't say; outlines alone may end before the
        image does.

    Raises
    ------
    InputError
        If the file can't be read, or holds the objects of several images.
    """
    return read_annotated(path, shape).instances


def read_annotated(path: Path | str, shape: tuple[int, int] | None = None) -> Annotated:
    """Read what a file says of one image's objects; see `read_instances`."""
    found = read_object_file(path)
    return found.read(_only(found, Path(path).name), shape)


def read_pair(
    truth: tuple[ObjectFile, str], prediction: tuple[ObjectFile, str]
) -> tuple[Annotated, Annotated]:
    """Read the true and the predicted objects of an image, which one of the two may know alone.

    Parameters
    ----------
    truth, prediction
        File, and the image's name in it.
    """
    shapes = [file.shape(name) for file, name in (truth, prediction)]
    notes: tuple[str, ...] = ()
    if shapes == [None, None]:
        least = [file.least_shape(name) for file, name in (truth, prediction)]
        size = max(least[0][0], least[1][0]), max(least[0][1], least[1][1])
        notes = (
            f"{truth[1]}: neither file says how large the image is; {size[0]} x {size[1]} pixels "
            "hold all outlines.",
        )
    else:
        size = shapes[0] or shapes[1] or (0, 0)
    true, found = (file.read(name, size) for file, name in (truth, prediction))
    return Annotated(true.instances, true.crowds, true.areas, (*notes, *true.notes)), found


def _only(file: ObjectFile, name: str) -> str:
    if len(file.names) != 1:
        raise InputError(
            f"{name} holds the objects of {len(file.names):,} images: one image is needed here. "
            "`cellbench score` scores all of them."
        )
    return file.names[0]
