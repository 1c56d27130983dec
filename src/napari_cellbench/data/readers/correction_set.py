"""Sets of corrected images: TIFF pairs with ``corrections.json``, which says what pixels can't."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files.schema import read_record
from ..images import read_labels
from ..instances import Instances
from ..kind import kind_by_roles
from ..sample import Role, Sample, Target
from ..units import PixelSize
from .base import Dataset, Reader

MANIFEST = "corrections.json"
FORMAT = 1
"""Of the manifest."""

Split = Literal["train", "val"]


@dataclass(frozen=True)
class Entry:
    """An image of a set.

    Attributes
    ----------
    name
        Its files are ``NAME_image.tif``, (C, Y, X) or (Y, X), and ``NAME_labels.tif``, (Y, X).
    roles
        What each channel shows.
    target
        What the labels outline.
    split
        Whether it is learnt from, or only measured on. All regions of an image have the same.
    sha256
        Of the whole image that it is, or is cut from.
    cells
        Number of objects.
    region
        First row, first column, height and width in the whole image; None for all of it.
    pixel_size
        Height and width of a pixel in micrometres, where known.
    source
        Name of the image's file.
    added, by
        When (ISO 8601, UTC) and by whom.
    licence
        What may be done with it, in the person's words.
    """

    name: str
    roles: tuple[Role, ...]
    target: Target
    split: Split
    sha256: str
    cells: int
    region: tuple[int, int, int, int] | None = None
    pixel_size: tuple[float, float] | None = None
    source: str = ""
    added: str = ""
    by: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Manifest:
    """``corrections.json``."""

    images: tuple[Entry, ...] = ()
    format: int = FORMAT


def read_manifest(folder: Path) -> Manifest:
    """Read what a set holds.

    Raises
    ------
    InputError
        If it is damaged, or of a newer version.
    """
    file = folder / MANIFEST
    manifest = read_record(file, Manifest, FORMAT, "list of corrected images")
    for entry in manifest.images:
        if Path(entry.name).name != entry.name or entry.name in ("", ".", ".."):
            raise InputError(f"{file}: {entry.name!r} can't be the name of an image.")
    return manifest


def image_file(folder: Path, name: str) -> Path:
    """Return the file of an image."""
    return folder / f"{name}_image.tif"


def labels_file(folder: Path, name: str) -> Path:
    """Return the file of its labels."""
    return folder / f"{name}_labels.tif"


class CorrectedImages(Dataset):
    """The images of a set; `Sample.metadata` has ``split``."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._entries = folder, read_manifest(folder).images
        super().__init__(folder.name, [entry.name for entry in self._entries])

    def read(self, index: int) -> Sample:
        """Read one image with its labels."""
        entry = self._entries[index]
        pixels = _pixels(image_file(self._folder, entry.name))
        labels = read_labels(labels_file(self._folder, entry.name))
        size = None if entry.pixel_size is None else PixelSize(*entry.pixel_size)
        return Sample(
            entry.name,
            pixels,
            entry.roles,
            {entry.target: Instances.from_labels(labels)},
            group=entry.split,
            pixel_size=size,
            metadata={"split": entry.split, "source": entry.source},
            kind=kind_by_roles(entry.roles, None),
        )


def _pixels(file: Path) -> NDArray[Any]:
    # Only whoever reads an image waits for this.
    import tifffile

    image = np.asarray(tifffile.imread(file))
    return image[None] if image.ndim == 2 else image


def _accepts(path: Path) -> bool:
    return (path / MANIFEST).is_file()


READER = Reader("corrections", "Corrected images", _accepts, CorrectedImages)
