"""TIFF files: which of their images, which way its values run, which of its axes are channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.inputs import size_of
from ..files.limits import check_size
from .axes import Layout, layout_of, renamed
from .orientation import TAG, note_of, orientation_of, turned, turned_shape
from .stored import Stored
from .tiff_metadata import channel_names, pixel_size, strange_files
from .tiff_structure import check_chain, check_segments

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of TIFF and BigTIFF, little- and big-endian."""
MOST_LISTED = 8
"""Of a file's images, in messages."""

_ALPHA = {1, 2}
"""Values of the tag ExtraSamples that mean transparency."""
_COLOUR_SPACES = {8: "CIELab", 9: "ICCLab", 10: "ITULab", 32803: "raw camera", 32845: "LogLuv"}


@contextmanager
def open_tiff(
    file: BinaryIO,
    name: str,
    series: int | None = None,
    axes: str | None = None,
    *,
    stacks: bool = False,
) -> Iterator[Stored]:
    """Read the header of a TIFF.

    Parameters
    ----------
    file
        At its start; it has to stay open until the pixels are read.
    name
        For messages.
    series
        Which of several images, from 0; None for the largest, of equally large ones the first.
    axes
        A letter for each axis, such as CYX, where the user knows better than the file.
    stacks
        Whether it may have planes and frames.

    Raises
    ------
    InputError
        If it holds no such image, or none that is a single plane, or colours that aren't known
        here. Other errors tell of damage.
    """
    import tifffile

    check_chain(file, name)
    with tifffile.TiffFile(file) as tiff:
        # tifffile would open whatever files the metadata name, be they pipes.
        strange = strange_files(tiff.ome_metadata, Path(file.name).parent)
        if strange:
            raise InputError(
                f"Parts of {name} lie in other files, which aren't beside it: {', '.join(strange)}."
            )
        number, notes = _choose(tiff.series, name, series)
        chosen = tiff.series[number]
        letters = renamed(chosen.axes, axes, name)
        layout = layout_of(chosen.shape, letters, name, stacks=stacks)
        leading = tuple((letters[axis], int(chosen.shape[axis])) for axis in layout.leading)
        yield replace(_stored(tiff, name, number, layout, notes, size_of(file)), leading=leading)


def _stored(
    tiff: Any, name: str, number: int, layout: Layout, notes: tuple[str, ...], file_size: int
) -> Stored:
    chosen = tiff.series[number]
    page = chosen.keyframe
    notes += layout.notes
    if len(chosen.levels) > 1:
        levels = len(chosen.levels)
        notes += (f"{name} holds {levels} levels of a pyramid: the full resolution was taken.",)
    missing = sum(found is None for found in chosen.pages)
    if missing:
        raise InputError(
            f"{missing} of the {len(chosen.pages)} planes of {name} are missing: they lie in other "
            "files, or were never written."
        )
    shape = layout.shape_of(chosen.shape)
    meaning = _Meaning(page, layout, shape[0], chosen.axes, tiff, name)
    orientation = orientation_of(_tag(page, TAG))

    def read() -> NDArray[Any]:
        check_size(int(chosen.nbytes), name, file_size)
        check_segments(chosen.pages, name)
        pixels = meaning.apply(layout.apply(chosen.asarray()))
        return turned(pixels, orientation)

    shape = (3 if meaning.is_cmyk else shape[0]), *shape[1:]
    size, problems = pixel_size(tiff, number, page, name)
    if size is not None and orientation >= 5:
        size = type(size)(size.x, size.y)
    return Stored(
        turned_shape(shape, orientation),
        read,
        colour=meaning.colour,
        alpha=meaning.alpha,
        inverted_at=meaning.inverted_at,
        lossy=int(page.compression) in (6, 7),
        palette=meaning.palette,
        pixel_size=size,
        channels=channel_names(tiff, number, shape[0] - meaning.alpha),
        notes=(*notes, *meaning.notes, *problems, *note_of(orientation, name)),
    )


def _choose(images: Sequence[Any], name: str, wanted: int | None) -> tuple[int, tuple[str, ...]]:
    """Return the number of the image to take, and what to say of it."""
    if not len(images):
        raise InputError(f"{name} holds no image.")
    listed = [f"{i} ({_describe(image)})" for i, image in enumerate(images)]
    text = ", ".join(listed[:MOST_LISTED]) + (", …" if len(listed) > MOST_LISTED else "")
    if wanted is not None:
        if not 0 <= wanted < len(images):
            raise InputError(f"{name} has no image number {wanted}; it holds {text}.")
        return wanted, ()
    areas = [_area(image) for image in images]
    number = areas.index(max(areas))
    if len(images) == 1:
        return 0, ()
    equal = areas.count(max(areas))
    why = "the largest" if equal == 1 else f"the first of {equal} of that size"
    return number, (
        f"{name} holds {len(images)} images: {text}. Number {number} was taken, {why}; --series "
        "takes another.",
    )


def _area(image: Any) -> int:
    sides = [n for n, axis in zip(image.shape, image.axes, strict=True) if axis in "YX"]
    return int(np.prod(sides))


def _describe(image: Any) -> str:
    size = " x ".join(map(str, image.shape))
    return f"{image.name}: {size}" if image.name and not image.name.startswith("Series") else size


class _Meaning:
    """What the values of a page mean: colours, a palette, transparency, or printing's inks."""

    def __init__(
        self, page: Any, layout: Layout, channels: int, axes: str, tiff: Any, name: str
    ) -> None:
        photometric, extra = int(page.photometric), tuple(int(e) for e in page.extrasamples)
        # Decoders of JPEG give RGB.
        is_ycbcr = photometric == 6 and int(page.compression) not in (6, 7)
        if photometric in _COLOUR_SPACES or is_ycbcr:
            kind = _COLOUR_SPACES.get(photometric, "YCbCr")
            raise InputError(f"{name} is in {kind} colours: save it as RGB or grey.")
        self.notes: tuple[str, ...] = ()
        self.palette: NDArray[np.uint8] | None = None
        self._top = (1 << int(page.bitspersample)) - 1
        samples = layout.channel is not None and axes[layout.channel] == "S"
        # tifffile writes any (3, Y, X) array as planes of red, green and blue.
        guessed = int(page.planarconfig) == 2 and "tifffile" in str(page.software)
        is_colour = samples and photometric in (2, 6) and not guessed
        self.is_cmyk = samples and photometric == 5 and channels == 4
        self.colour = (is_colour and channels in (3, 4)) or self.is_cmyk
        is_grey_alpha = channels == 2 and bool({*extra} & _ALPHA)
        self.alpha = samples and ((is_colour and channels == 4) or is_grey_alpha)
        self.inverted_at = None if photometric else self._top
        if self.is_cmyk:
            self.notes = (f"{name} is in printing colours (CMYK): they were turned into RGB.",)
        elif photometric == 0 and tiff.is_imagej:
            self.inverted_at = None
            self.notes = (f"{name} is shown inverted in ImageJ; its values were read as they are.",)
        elif photometric == 0:
            self.notes = (f"{name} was inverted: in the file low values are bright (MinIsWhite).",)
        elif photometric == 3 and page.colormap is not None:
            self._take_palette(page.colormap, channels, is_table=tiff.is_imagej, name=name)

    def apply(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return (C, Y, X) pixels in which high values are bright."""
        if self.is_cmyk:
            return _rgb_of_cmyk(pixels, self._top)
        return pixels if self.inverted_at is None else inverted(pixels, self.inverted_at)

    def _take_palette(self, colours: Any, channels: int, *, is_table: bool, name: str) -> None:
        table = np.asarray(colours).T
        colour = (table >> 8 if table.max() > 255 else table).astype(np.uint8)
        brightness = colour.sum(axis=1, dtype=int)
        if is_table or channels != 1 or (np.diff(brightness) >= 0).all():
            self.notes = (
                f"{name} has a table of colours to show its values in; the values were read.",
            )
        else:
            self.palette = colour


def inverted(pixels: NDArray[Any], top: int) -> NDArray[Any]:
    """Return values of which the lowest were the brightest so that the highest are.

    Parameters
    ----------
    pixels
        Of any real dtype.
    top
        The highest value that an unsigned integer pixel can have in the file.
    """
    out: NDArray[Any]
    if pixels.dtype.kind in "bi":
        out = ~pixels
    elif pixels.dtype.kind == "u":
        out = pixels.dtype.type(top) - pixels
    else:
        finite = pixels[np.isfinite(pixels)]
        low, high = (finite.min(), finite.max()) if finite.size else (0, 0)
        out = (low - pixels + high).astype(pixels.dtype)
    return out


def _rgb_of_cmyk(pixels: NDArray[Any], top: int) -> NDArray[Any]:
    light = 1 - pixels.astype(np.float64) / top
    dark = light[..., 3:, :, :]
    rgb: NDArray[Any] = np.rint(light[..., :3, :, :] * dark * top).astype(pixels.dtype)
    return rgb


def _tag(page: Any, number: int) -> Any:
    tag = page.tags.get(number)
    return tag.value if tag is not None else None
