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
from ...files.inputs import open_input, size_of
from ..images import IMAGE_SUFFIXES, native, read_image, read_labels, reading
from ..instances import Instances, as_labels
from ..sample import Role, Sample
from .base import Dataset, Reader, list_folder, require
from .safe_npy import load_npy

_ENDINGS = ("_seg.npy", *(f"{e}{s}" for e in ("_masks", "_cp_masks") for s in IMAGE_SUFFIXES))
_ROLES: tuple[Role, ...] = ("whole_cell", "nucleus")


class Cellpose(Dataset):
    """Images with Cellpose's masks, by the files that hold the masks."""

    def __init__(self, name: str, truth: Mapping[str, Path]) -> None:
        super().__init__(name, list(truth))
        self._truth = list(truth.values())

    def read(self, index: int) -> Sample:
        """Read one image with its masks."""
        name, path = self.names[index], self._truth[index]
        image = _image(path.with_name(name))
        pixels = None
        if path.name.endswith("_seg.npy"):
            labels, pixels = _read_seg(path)
        else:
            labels = read_labels(path)
        if image is not None:
            sample = _with_roles(read_image(image))
        elif pixels is not None:
            sample = Sample(name, pixels, _ROLES[: len(pixels)])
        else:
            raise InputError(f"{path.name} has no image: put {name}.tif beside it.")
        return replace(sample, name=name, truth={"whole_cell": Instances.from_labels(labels)})


def _accepts(path: Path) -> bool:
    if path.is_dir():
        return any(_name(file) for file in list_folder(path))
    return path.name.endswith("_seg.npy") or bool(_truth_files(path))


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
        candidates = (base.with_name(base.name + ending) for ending in _ENDINGS)
        truth = next((file for file in candidates if file.is_file()), None)
        if truth is not None and (truth.name.endswith("_seg.npy") or _image(base)):
            found[base.name] = truth
    return found


def _name(path: Path) -> str:
    """Return NAME of a file of masks; empty if it isn't one."""
    ending = max((e for e in _ENDINGS if path.name.endswith(e)), key=len, default="")
    return path.name.removesuffix(ending) if ending else ""


def _image(base: Path) -> Path | None:
    candidates = (
        base.with_name(base.name + ending + suffix)
        for ending in ("", "_img")
        for suffix in IMAGE_SUFFIXES
    )
    return next((path for path in candidates if path.is_file()), None)


def _with_roles(sample: Sample) -> Sample:
    """Take a dark-field image for a stain of whole cells, and drop the empty colours."""
    if sample.roles == ("nucleus",):
        return replace(sample, roles=("whole_cell",))
    if "red" not in sample.roles or sample.image[0].any():
        return sample
    stains = sample.image[1:] if sample.image[2].any() else sample.image[1:2]
    return replace(sample, image=stains, roles=_ROLES[: len(stains)])


def _read_seg(path: Path) -> tuple[NDArray[np.int32], NDArray[Any] | None]:
    """Return the masks of a ``_seg.npy``, and the image that older versions kept in it."""
    with reading(path), open_input(path) as file:
        content = load_npy(file, size_of(file))
    if not isinstance(content, dict) or not isinstance(content.get("masks"), np.ndarray):
        raise InputError(f"{path.name} isn't Cellpose's: it has no 'masks'.")
    with reading(path):
        masks = content["masks"]
        labels = as_labels(np.squeeze(masks) if masks.ndim > 2 else masks)
    pixels = content.get("img")
    if not isinstance(pixels, np.ndarray) or pixels.dtype.kind not in "biuf":
        return labels, None
    # Cellpose kept (2, Y, X): the channel to segment, then nuclei.
    return labels, native(np.atleast_3d(pixels.T).T[:2]) if pixels.ndim in (2, 3) else None


READER = Reader("cellpose", "Cellpose", _accepts, _read)
