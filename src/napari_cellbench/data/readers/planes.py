"""Images of one plane or many: stacks and time series as samples, a plane a sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files.protected import remember_input
from ..axes import UNNAMED
from ..images import IMAGE_SUFFIXES, as_seen, open_image, reading, sample_of
from ..kind import Kind
from ..lazy import stored_of
from ..microscopes import MICROSCOPE_SUFFIXES
from ..ome_zarr import OmeZarr, is_zarr, stem
from ..sample import Sample
from ..stored import Stored
from .base import Dataset


class Planes(Dataset):
    """The planes of one image, be it one or many, in the order of its leading axes.

    The plane in the middle decides what all of them show.

    Parameters
    ----------
    path, name
        The file, or the folder of an OME-Zarr image, and what its planes are named after.
    stored
        What its header says; ``stored.leading`` names the axes.
    plane
        Returns the pixels of a plane as stored, (C, Y, X).

    Attributes
    ----------
    leading, axes
        Length and meaning of each axis in front of the plane.
    """

    def __init__(
        self, path: Path, name: str, stored: Stored, plane: Callable[[int], NDArray[Any]]
    ) -> None:
        from ..writers.tiff import LeadingAxis

        counts = [length for _, length in stored.leading]
        letters = ["z" if letter in UNNAMED else letter.lower() for letter, _ in stored.leading]
        places = np.ndindex(*counts)
        super().__init__(
            name, [" ".join([name, *map("{}{}".format, letters, place)]) for place in places]
        )
        self.leading: tuple[int, ...] = tuple(counts)
        self.axes = tuple(LeadingAxis("T" if letter == "t" else "Z") for letter in letters)
        self._path, self._stored, self._plane = path, stored, plane

    def read(self, index: int) -> Sample:
        """Read a plane."""
        kind = self._kind if self.leading else None
        return replace(self._sample(index, kind), name=self.names[index])

    def shape(self, index: int) -> tuple[int, int, int] | None:
        """Return (C, Y, X) as stored."""
        return self._stored.image_shape

    @cached_property
    def _kind(self) -> Kind | None:
        return self._sample(len(self) // 2, None).kind

    def _sample(self, index: int, kind: Kind | None) -> Sample:
        with reading(self._path):
            pixels, notes = as_seen(self._stored, self._plane(index), self._path.name)
        return sample_of(pixels, self._stored, self._path, notes, kind)


def is_image(path: Path) -> bool:
    """Tell by names whether a path is an image file, or the folder of an OME-Zarr."""
    suffixes = (*IMAGE_SUFFIXES, *MICROSCOPE_SUFFIXES)
    return is_zarr(path) or (path.suffix.lower() in suffixes and path.is_file())


def open_planes(path: Path, series: int | None = None, axes: str | None = None) -> Planes:
    """Open an image as samples, a plane a sample.

    Planes of OME-Zarr and of microscopes' files are read one by one; other stacks whole, with
    their first plane.

    Parameters
    ----------
    path
        See `read_image`; or the folder of an OME-Zarr image.
    series, axes
        As for `read_image`.

    Raises
    ------
    InputError
        If there is no such file, or it is damaged, or of more axes than depth, time and channels.
    """
    if is_zarr(path):
        if series is not None or axes is not None:
            raise InputError(f"{path.name} is OME-Zarr: it takes neither --series nor --axes.")
        with reading(path):
            image = OmeZarr(path).multiscale
            stored = stored_of(
                image.levels[0],
                image.axes.upper(),
                path.name,
                stacks=True,
                pixel_size=image.pixel_size,
                channels=image.channels,
                notes=image.notes,
            )
            assert stored.plane is not None
        return Planes(path, stem(path), stored, stored.plane)
    remember_input(path)
    with reading(path), open_image(path, series, axes, stacks=True) as stored:
        pass
    kept: list[NDArray[Any]] = []

    def plane(index: int) -> NDArray[Any]:
        pixels = kept[0] if kept else None
        if pixels is None:
            with open_image(path, series, axes, stacks=True) as opened:
                pixels = opened.read().reshape(-1, *opened.shape)
            if len(pixels) > 1:
                kept.append(pixels)
        found: NDArray[Any] = pixels[index]
        return found

    return Planes(path, path.stem, stored, stored.plane or plane)
