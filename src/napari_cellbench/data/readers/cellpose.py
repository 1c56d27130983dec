"""Cellpose's files: ``NAME.tif`` with ``NAME_seg.npy``, ``NAME_masks`` or ``NAME_cp_masks``.

Images may also be ``NAME_img.png``, as in Cellpose's own data set, whose colour images hold the
cytoplasm in green and nuclei in blue. Where there are several, what the GUI saved (``_seg.npy``)
is taken, since a person may have corrected it. A ``_seg.npy`` is a pickle; nothing of it is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..images import IMAGE_SUFFIXES, read_image, read_noted_labels
from ..instances import Instances
from ..sample import RGB, Role, Sample
from .base import Dataset, Reader, find_file, list_folder, require
from .cellpose_seg import read_seg

_ROLES: tuple[Role, ...] = ("whole_cell", "nucleus")


class Cellpose(Dataset):
    """Images with Cellpose's masks, by the files that hold the masks."""

    def __init__(self, name: str, truth: Mapping[str, Path]) -> None:
        super().__init__(name, list(truth))
        self._truth = list(truth.values())

    def read(self, index: int) -> Sample:
        """Read one image with its masks."""
        name, path = self.names[index], self._truth[index]
        seg = read_seg(path) if _is_seg(path) else None
        image = _image(path.with_name(name)) or (seg and _named(path, seg.filename))
        labels, told = read_noted_labels(path) if seg is None else (seg.labels, seg.notes)
        if image:
            sample = read_image(image)
            if sample.roles == ("nucleus",):
                # A dark-field image is a stain of whole cells here.
                sample = replace(sample, roles=("whole_cell",))
        else:
            pixels = None if seg is None else seg.image(path.name)
            if pixels is None:
                raise InputError(f"{path.name} has no image: put {name}.tif beside it.")
            sample = _own_image(name, pixels)
        sample = _with_stains(sample, seg.chosen if seg else None)
        return replace(
            sample,
            name=name,
            truth={"whole_cell": Instances.from_labels(labels)},
            notes=(*sample.notes, *told),
        )


def _accepts(path: Path) -> bool:
    if path.is_dir():
        return any(_name(file) for file in list_folder(path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return bool(_truth_files(path))
    return _is_seg(path)


def _read(path: Path) -> Dataset:
    """Open a folder, an image with masks beside it, or the masks."""
    truth = _truth_files(path)
    require(list(truth), path, "images with Cellpose masks")
    return Cellpose(path.name if path.is_dir() else next(iter(truth)), truth)


def _truth_files(path: Path) -> dict[str, Path]:
    """Return the file of masks by NAME: for a folder all, for a file its own."""
    if path.is_dir():
        bases = [file.with_name(_name(file)) for file in list_folder(path) if _name(file)]
    else:
        bases = [path.with_name(_name(path) or path.stem.removesuffix("_img") or path.stem)]
    found = {}
    for base in bases:
        stems = [base.name + ending for ending in ("_masks", "_cp_masks")]
        truth = find_file(base, [f"{base.name}_seg"], [".npy"]) or find_file(
            base, stems, IMAGE_SUFFIXES
        )
        if truth is not None and (_is_seg(truth) or _image(base)):
            found[base.name] = truth
    return found


def _name(path: Path) -> str:
    """Return NAME of a file of masks; empty if it isn't one."""
    if _is_seg(path):
        return path.stem.removesuffix("_seg")
    if path.suffix.lower() in IMAGE_SUFFIXES and path.stem.endswith("_masks"):
        return path.stem.removesuffix("_masks").removesuffix("_cp")
    return ""


def _is_seg(path: Path) -> bool:
    return path.suffix.lower() == ".npy" and path.stem.endswith("_seg")


def _image(base: Path) -> Path | None:
    return find_file(base, [base.name, f"{base.name}_img"], IMAGE_SUFFIXES)


def _named(path: Path, filename: str) -> Path | None:
    """Return the image that a ``_seg.npy`` names, if it lies beside."""
    image = path.with_name(filename) if filename else path
    return image if image.suffix.lower() in IMAGE_SUFFIXES and image.is_file() else None


def _own_image(name: str, pixels: NDArray[Any]) -> Sample:
    """Make a sample of the image in a ``_seg.npy``."""
    if len(pixels) != 3:
        return Sample(name, pixels, _roles(2, len(pixels)))
    if pixels.dtype.kind == "f" and pixels.max() > 1:
        # Cellpose's window stretched colours to 0..255 and kept them so.
        pixels = pixels / np.float32(255)
    return Sample(name, pixels, RGB)


def _with_stains(sample: Sample, chosen: tuple[int, int] | None) -> Sample:
    """Tell cells and nuclei by the colours that were chosen, else by Cellpose's custom.

    Empty channels are dropped.

    Parameters
    ----------
    sample
        The image.
    chosen
        Number of the channel of cells, and of nuclei, from 1; 0 for all together, or none.
    """
    count = len(sample.image)
    if chosen and 0 < chosen[0] <= count > 1:
        cells, nuclei = chosen
        order = [cells - 1]
        if 0 < nuclei <= count and nuclei != cells:
            order.append(nuclei - 1)
        others = [i for i in range(count) if i not in order and sample.image[i].any()]
        image = sample.image[order + others]
        return replace(sample, image=image, roles=_roles(len(order), len(image)))
    if "red" not in sample.roles or sample.image[0].any():
        return sample
    stains = sample.image[1:] if sample.image[2].any() else sample.image[1:2]
    return replace(sample, image=stains, roles=_ROLES[: len(stains)])


def _roles(stains: int, count: int) -> tuple[Role, ...]:
    """Return roles for so many channels, of which the first are stains."""
    others: list[Role] = ["other"] * count
    return (*_ROLES[:stains], *others)[:count]


READER = Reader("cellpose", "Cellpose", _accepts, _read)
