"""The NeurIPS 2022 cell segmentation challenge's folders (Ma et al., Nat Methods 2024).

``images/cell_00001.*`` is the image, ``labels/cell_00001_label.tiff`` its whole cells.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..images import IMAGE_SUFFIXES, TIFF_SUFFIXES, read_noted_labels
from ..instances import Instances
from ..sample import Sample
from .base import Dataset, ImageFiles, Reader, find_file, list_folder, require

_ENDING = "_label"


def _accepts(path: Path) -> bool:
    if path.is_dir():
        labels = path / "labels"
        return (
            (path / "images").is_dir()
            and labels.is_dir()
            and any(_is_labels(file) for file in list_folder(labels))
        )
    return path.parent.name == "images" and _labels(path) is not None


def _read(path: Path) -> Dataset:
    """Open the folder above ``images`` and ``labels``, or one image."""
    if path.is_dir():
        images = [p for p in list_folder(path / "images") if p.suffix.lower() in IMAGE_SUFFIXES]
        require(images, path / "images", "images")
    else:
        images = [path]
    labels = [_labels(image) for image in images]
    return ImageFiles(
        path.stem,
        images,
        lambda sample, i: _annotate(sample, labels[i]),
        labelled=[file is not None for file in labels],
    )


def _annotate(sample: Sample, labels: Path | None) -> Sample:
    if sample.roles == ("nucleus",):
        # The challenge is about whole cells: what is dark around them is their stain.
        sample = replace(sample, roles=("whole_cell",))
    if labels is None:
        return sample
    truth, told = read_noted_labels(labels)
    return replace(
        sample,
        truth={"whole_cell": Instances.from_labels(truth)},
        notes=(*sample.notes, *told),
    )


def _is_labels(path: Path) -> bool:
    return path.stem.endswith(_ENDING) and path.suffix.lower() in TIFF_SUFFIXES


def _labels(image: Path) -> Path | None:
    folder = image.parent.parent / "labels"
    return find_file(folder / image.name, [image.stem + _ENDING], (".tiff", ".tif"))


READER = Reader("neurips", "NeurIPS 2022 challenge", _accepts, _read)
