"""Published data sets and pairs of files, as samples.

`read_samples` opens whatever `detect` knows; no image is read before it is asked for. A further
format is a module with a `Reader`, and a line in `READERS`.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import InputError
from ...files.protected import remember_input
from ..images import IMAGE_SUFFIXES, reading
from . import cellpose, coco, correction_set, dsb2018, neurips, pairs, tissuenet
from .base import Dataset, Reader, Stack
from .planes import is_image, open_planes

__all__ = ["READERS", "Dataset", "Reader", "Stack", "detect", "read_samples"]

READERS: tuple[Reader, ...] = (
    correction_set.READER,
    tissuenet.READER,
    dsb2018.READER,
    neurips.READER,
    pairs.READER,
    cellpose.READER,
    coco.READER,
)
"""In the order in which they are asked."""


def detect(path: Path | str) -> Reader | None:
    """Find the reader of a file or folder, by names above all: no image is opened.

    Returns
    -------
    Reader or None
        None where it is no known data set: a plain image, for one.

    Raises
    ------
    InputError
        If it doesn't exist, or is a folder that can't be read.
    """
    path = Path(path).absolute()
    with reading(path):
        if not path.exists():
            raise FileNotFoundError(path)
        return next((reader for reader in READERS if reader.accepts(path)), None)


def read_samples(path: Path | str) -> Dataset:
    """Open a data set, or a plain image as a data set without truth: of one, or of its planes.

    Raises
    ------
    InputError
        If it doesn't exist, is of no known format, or is damaged; for damage within an image
        only when that is read.
    """
    path = Path(path).absolute()
    reader = detect(path)
    if path.is_file() and path.suffix.lower() not in IMAGE_SUFFIXES:
        remember_input(path)
    if reader is not None:
        with reading(path):
            return reader.read(path)
    if is_image(path):
        return open_planes(path)
    known = ", ".join(reader.title for reader in READERS)
    raise InputError(f"{path} is of no format that is known here: {known}, or an image file.")
