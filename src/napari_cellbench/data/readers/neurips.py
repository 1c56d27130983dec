"""The NeurIPS 2022 cell segmentation challenge's folders (Ma et al., Nat Methods 2024).

``images/cell_00001.*`` is the image, ``labels/cell_00001_label.tiff`` its whole cells.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..images import IMAGE_SUFFIXES, read_labels
from ..instances import Instances
from ..sample import Sample
from .base import Dataset, ImageFiles, Reader, list_folder, require

_ENDING = "_label.tiff"


def _accepts(path: Path) -> bool:
    if path.is_dir():
        labels = path / "labels"
        return (
            (path / "images").is_dir()
            and labels.is_dir()
            and any(file.name.endswith(_ENDING) for file in list_folder(labels))
        )
    return path.parent.name == "images" and _labels(path).is_file()


def _read(path: Path) -> Dataset:
    """Open the folder above ``images`` and ``labels``, or one image."""
    if path.is_dir():
        images = [p for p in list_folder(path / "images") if p.suffix.lower() in IMAGE_SUFFIXES]
        require(images, path / "images", "images")
    else:
        images = [path]
    return ImageFiles(path.stem, images, lambda sample, i: _annotate(sample, _labels(images[i])))


def _annotate(sample: Sample, labels: Path) -> Sample:
    if sample.roles == ("nucleus",):
        # The challenge is about whole cells: what is dark around them is their stain.
        sample = replace(sample, roles=("whole_cell",))
    if not labels.is_file():
        return sample
    return replace(sample, truth={"whole_cell": Instances.from_labels(read_labels(labels))})


def _labels(image: Path) -> Path:
    return image.parent.parent / "labels" / (image.stem + _ENDING)


READER = Reader("neurips", "NeurIPS 2022 challenge", _accepts, _read)
