"""``NAME_image.tif`` with ``NAME_labels.tif``, one pair or a folder of them.

A further expert's labels are ``NAME_labels_WHO.tif``; they go into the sample's metadata under
``labels_WHO``.
"""

from __future__ import annotations

from dataclasses import replace
from glob import escape
from pathlib import Path

from ..images import IMAGE_SUFFIXES, TIFF_SUFFIXES, read_labels, read_noted_labels
from ..instances import Instances
from ..roles import outlined
from ..sample import Sample
from .base import Dataset, ImageFiles, Reader, find_file, list_folder, require

_SUFFIXES = (*TIFF_SUFFIXES, ".png")


def _accepts(path: Path) -> bool:
    if path.is_dir():
        return any(_image(file) is not None for file in list_folder(path))
    return _image(path) is not None


def _read(path: Path) -> Dataset:
    """Open one pair, named by either file, or a folder; images without labels have no truth."""
    if path.is_dir():
        images = [file for file in list_folder(path) if _name(file, "_image")]
        name = path.name
    else:
        image = _image(path)
        images = [] if image is None else [image]
        name = _name(image, "_image") if image else path.stem
    require(images, path, "pairs NAME_image.tif and NAME_labels.tif")
    names = [_name(image, "_image") for image in images]
    labelled = [bool(_sibling(images[i], f"{names[i]}_labels")) for i in range(len(images))]
    return ImageFiles(name, images, lambda sample, i: _annotate(sample, images[i]), names, labelled)


def _annotate(sample: Sample, image: Path) -> Sample:
    name = _name(image, "_image")
    labels = _sibling(image, f"{name}_labels")
    experts = {
        path.stem.removeprefix(f"{name}_"): Instances.from_labels(read_labels(path))
        for path in sorted(image.parent.glob(f"{escape(name)}_labels_*"))
        if path.suffix.lower() in _SUFFIXES
    }
    sample = replace(sample, name=name, metadata={**sample.metadata, **experts})
    if labels is None:
        return sample
    own, told = read_noted_labels(labels)
    truth = {outlined(sample.roles): Instances.from_labels(own)}
    return replace(sample, truth=truth, notes=(*sample.notes, *told))


def _image(path: Path) -> Path | None:
    """Return the image of a pair from either of its files."""
    name = _name(path, "_image") or _name(path, "_labels")
    if not name or not _sibling(path, f"{name}_labels"):
        return None
    return path if _name(path, "_image") else _sibling(path, f"{name}_image")


def _name(path: Path, ending: str) -> str:
    """Return NAME of NAME_image.tif; empty if it isn't such a file."""
    fits = path.suffix.lower() in IMAGE_SUFFIXES and path.stem.endswith(ending)
    return path.stem.removesuffix(ending) if fits else ""


def _sibling(path: Path, stem: str) -> Path | None:
    return find_file(path, [stem], _SUFFIXES)


READER = Reader("pairs", "Image and labels", _accepts, _read)
