"""Plain image files: pixels as (C, Y, X), and what can be told of the channels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CellbenchError, InputError
from ..files.inputs import open_input
from ..files.protected import remember_input
from .instances import Labels
from .kind import Kind, kind_of
from .label_files import labels_of
from .microscopes import MICROSCOPE_SUFFIXES, open_microscope
from .raster import open_raster
from .sample import Sample
from .stored import Stored
from .tiff import STARTS, open_tiff

TIFF_SUFFIXES = (".tif", ".tiff")
IMAGE_SUFFIXES = (*TIFF_SUFFIXES, ".png", ".bmp", ".jpg", ".jpeg")


def read_image(path: Path, series: int | None = None, axes: str | None = None) -> Sample:
    """Read one 2-D image, its channels and its pixel size.

    Roles are a guess that the caller may know better than: they follow from the names of the
    channels and from the kind of image; see `kind_of`. Of a grey image that was saved in colour one
    channel is read, of a composite of fluorescence channels those that carry something. Alpha is
    dropped. What else was guessed or chosen is in the sample's notes.

    Parameters
    ----------
    path
        TIFF, PNG, BMP or JPEG, whose content counts, not the name's ending; or one of
        `MICROSCOPE_SUFFIXES`.
    series
        Which image of a file of several, from 0; None for the largest.
    axes
        A letter for each axis of a TIFF, such as CYX, where the file names them wrongly.

    Returns
    -------
    Sample
        Without truth, named after the file, of the file's dtype in native byte order.
        ``metadata["channels"]`` holds the names that the file gives to its channels.

    Raises
    ------
    InputError
        If the file is damaged, unreadable, empty, or has planes or frames.
    """
    remember_input(path)
    with reading(path), open_image(path, series, axes) as stored:
        pixels, notes = as_seen(stored, stored.read(), path.name)
    return sample_of(pixels, stored, path, notes)


def sample_of(
    pixels: NDArray[Any],
    stored: Stored,
    path: Path,
    notes: tuple[str, ...],
    kind: Kind | None = None,
) -> Sample:
    """Make a sample of what `as_seen` returns.

    Parameters
    ----------
    pixels, notes
        The image, and what is to be told of it.
    stored, path
        Where they are from.
    kind
        What the image shows, where that is known.

    Raises
    ------
    InputError
        If it is empty, or not of numbers.
    """
    if pixels.dtype.kind not in "biuf":
        raise InputError(
            f"{path.name} has {pixels.dtype} pixels; whole or real numbers are needed."
        )
    if not pixels.size:
        raise InputError(f"{path.name} is empty: {pixels.shape[1]} x {pixels.shape[2]} pixels.")
    pixels = native(pixels)
    colour = stored.colour or stored.palette is not None
    kind = kind or kind_of(pixels, colour=colour, names=() if colour else stored.channels)
    used = list(kind.channels)
    if used != list(range(len(pixels))):
        pixels = pixels[used]
    pixels = np.ascontiguousarray(pixels)
    names = tuple(stored.channels[i] for i in used) if stored.channels else ()
    return Sample(
        path.stem,
        pixels,
        kind.roles,
        pixel_size=stored.pixel_size,
        metadata={"channels": names} if names else {},
        notes=(*notes, *(f"{path.name}: {note}" for note in kind.notes)),
        kind=kind,
    )


def read_labels(path: Path) -> Labels:
    """Read a label image, (Y, X) int32; see `read_noted_labels`."""
    return read_noted_labels(path)[0]


def read_noted_labels(path: Path, series: int | None = None) -> tuple[Labels, tuple[str, ...]]:
    """Read a label image, and say what was guessed.

    Ids are values, indices of a palette, or shades of grey in three equal channels. In a picture
    in colours each colour is a cell, or each region of one colour where colours come again. Black
    and transparent pixels are background.

    Parameters
    ----------
    path, series
        As for `read_image`.

    Returns
    -------
    (Y, X) int32, tuple of str
        Labels, and notes for whoever uses them.

    Raises
    ------
    InputError
        If the file is damaged, or is an image rather than labels.
    """
    remember_input(path, labels=True)
    with reading(path), open_image(path, series) as stored:
        return labels_of(stored, path.name)


def read_pixels(path: Path) -> NDArray[Any]:
    """Read an image as it is seen: (Y, X), or (Y, X, 3) in colours."""
    with open_image(path) as stored:
        pixels, _ = as_seen(stored, stored.read(), path.name)
    return pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1)


def image_shape(path: Path) -> tuple[int, int, int]:
    """Return the (C, Y, X) of `read_image` from the header alone."""
    with reading(path), open_image(path) as stored:
        return stored.image_shape


@contextmanager
def open_image(
    path: Path, series: int | None = None, axes: str | None = None, *, stacks: bool = False
) -> Iterator[Stored]:
    """Open an image file by its content, and read its header; see `open_tiff` for `stacks`.

    Microscopes' files go by the endings of their names.

    Raises
    ------
    InputError
        If it holds no such image. Other errors tell of damage; see `reading`.
    """
    if path.suffix.lower() in MICROSCOPE_SUFFIXES:
        if axes is not None:
            raise InputError(f"{path.name} names its axes itself: it takes no --axes.")
        yield open_microscope(path, series, stacks=stacks)
        return
    with open_input(path) as file:
        start = file.read(4)
        file.seek(0)
        if start in STARTS:
            with open_tiff(file, path.name, series, axes, stacks=stacks) as stored:
                yield stored
        elif series:
            raise InputError(f"{path.name} holds one image: there is no number {series}.")
        else:
            yield open_raster(file, path.name)


def as_seen(
    stored: Stored, pixels: NDArray[Any], name: str
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return a (C, Y, X) plane in colours where there is a palette, without alpha, and notes."""
    if stored.palette is not None:
        return np.moveaxis(_looked_up(stored.palette, pixels[0]), -1, 0), stored.notes
    if not stored.alpha:
        return pixels, stored.notes
    alpha = pixels[-1]
    varies = alpha.size and (alpha != alpha.flat[0]).any()
    note = (f"{name}: its transparency isn't read.",) if varies else ()
    return pixels[:-1], (*stored.notes, *note)


def _looked_up(palette: NDArray[np.uint8], indices: NDArray[Any]) -> NDArray[np.uint8]:
    if indices.size and indices.max() >= len(palette):
        raise ValueError(f"it has {len(palette)} colours, and pixels of colour {indices.max()}")
    colours = np.empty((*indices.shape, palette.shape[1]), np.uint8)
    # Row by row: for the lookup, indices take eight bytes each.
    for row, of_row in zip(colours, indices, strict=True):
        row[:] = palette[of_row]
    return colours


def thinned(image: NDArray[Any]) -> NDArray[Any]:
    """Return every k-th row and column of a (C, Y, X) image: at most a million pixels or so."""
    step = max(1, int(np.sqrt(image[0].size / 2**20)))
    return image[:, ::step, ::step]


def native(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array in this machine's byte order; booleans become uint8."""
    dtype = np.dtype(np.uint8) if array.dtype.kind == "b" else array.dtype.newbyteorder("=")
    return array.astype(dtype, copy=False)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong in the block into an `InputError` that names the file."""
    try:
        yield
    except CellbenchError:
        raise
    except PermissionError as error:
        raise InputError(f"No permission to read {path}.") from error
    except FileNotFoundError as error:
        raise InputError(f"There is no file or folder {path}.") from error
    except MemoryError as error:
        raise InputError(f"{path.name} doesn't fit into memory.") from error
    except Exception as error:
        # Decoders of damaged files raise anything: struct.error, zlib.error, SyntaxError, ...
        reason = str(error) or type(error).__name__
        raise InputError(
            f"{path.name} can't be read: {reason}. Is the file complete, and of that format?"
        ) from error
