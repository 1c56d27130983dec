"""The 2018 Data Science Bowl's folders (Caicedo et al., Nat Methods 2019).

``ID/images/ID.png`` is the image, each file of ``ID/masks`` one nucleus; the test sets have no
masks.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from pycocotools import mask as coco_mask

from ...errors import InputError
from ..images import read_pixels, reading
from ..instances import Instances
from ..rle import RLE
from ..sample import RGB, Sample, Target
from .base import Dataset, ImageFiles, Reader, find_file, list_folder, require


def _accepts(path: Path) -> bool:
    if not path.is_dir():
        return path == _image(path.parent.parent)
    return _image(path) is not None or any(_image(entry) for entry in list_folder(path))


def _read(path: Path) -> Dataset:
    """Open the folder of a whole stage, that of one image, or the image in it."""
    if path.is_file():
        entries = [path.parent.parent]
    elif _image(path):
        entries = [path]
    else:
        entries = list_folder(path)
    images = {entry: image for entry in entries if (image := _image(entry))}
    require(list(images), path, "folders with ID/images/ID.png")
    entries = list(images)
    return Bowl(
        path.stem if path.is_file() else path.name,
        list(images.values()),
        lambda sample, i: _annotate(sample, entries[i]),
        labelled=[(entry / "masks").is_dir() for entry in entries],
    )


def _image(entry: Path) -> Path | None:
    return find_file(entry / "images" / entry.name, [entry.name], [".png"])


class Bowl(ImageFiles):
    """Images of the Bowl: all are stored in colour, and only the pixels tell which are grey."""

    def shape(self, index: int) -> None:
        """Return None: the number of channels is in no header."""
        return


def _annotate(sample: Sample, entry: Path) -> Sample:
    """Add truth and the kind of light; all images are stored in colour, most are grey."""
    group = "histology"
    if sample.roles != RGB:
        bright = sample.kind is not None and sample.kind.name in (
            "dark_on_bright",
            "phase_contrast",
        )
        group = "brightfield" if bright else "fluorescence"
        # That grey is stored in colour is no news here.
        sample = replace(sample, notes=())
    masks = entry / "masks"
    truth: dict[Target, Instances] = {}
    if masks.is_dir():
        truth["nucleus"] = _read_masks(masks, sample.shape)
    return replace(sample, truth=truth, group=group)


def _read_masks(folder: Path, shape: tuple[int, int]) -> Instances:
    """Read one nucleus a file: labels, or masks where nuclei overlap against the rules."""
    labels = np.zeros(shape, np.int32)
    masks: list[RLE] = []
    overlap = False
    for path in list_folder(folder):
        if path.suffix.lower() != ".png":
            continue
        with reading(path):
            pixels = read_pixels(path)
        inside = (pixels if pixels.ndim == 2 else pixels[..., 0]) > 0
        if inside.shape != shape:
            raise InputError(
                f"The mask {path} has {inside.shape[0]} x {inside.shape[1]} pixels, its image "
                f"{shape[0]} x {shape[1]}; they must be equal."
            )
        if not inside.any():
            continue
        masks.append(coco_mask.encode(np.asfortranarray(inside, np.uint8)))
        overlap = overlap or bool(labels[inside].any())
        labels[inside] = len(masks)
    return Instances.from_masks(masks, shape) if overlap else Instances.from_labels(labels)


READER = Reader("dsb2018", "Data Science Bowl 2018", _accepts, _read)
