"""PNG, BMP and JPEG files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.inputs import size_of
from ..files.limits import check_size
from .orientation import TAG, note_of, orientation_of, turned, turned_shape
from .stored import Stored

FORMATS = ("BMP", "DIB", "JPEG", "MPO")
"""What Pillow decodes; PNG it would cut down to 8 bits a colour."""

PNG = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_SAMPLES = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGBA: 4}


def open_raster(file: BinaryIO, name: str) -> Stored:
    """Read the header of a PNG, BMP or JPEG.

    Parameters
    ----------
    file
        At its start; it has to stay open until the pixels are read.
    name
        For messages.

    Raises
    ------
    InputError
        If it is none of these. Other errors tell of damage.
    """
    start = file.read(len(PNG))
    file.seek(0)
    return _open_png(file, name) if start == PNG else _open_with_pillow(file, name)


@dataclass
class _Header:
    """What a PNG says before its pixels."""

    width: int
    height: int
    depth: int
    kind: int
    palette: NDArray[np.uint8] | None = None
    clear: tuple[int, ...] = ()
    orientation: int = 1
    frames: int = 1


def _open_png(file: BinaryIO, name: str) -> Stored:
    header = _png_header(file)
    is_palette = header.kind == _PALETTE

    def read() -> NDArray[Any]:
        bytes_each = _SAMPLES[header.kind] * (2 if header.depth > 8 else 1)
        check_size(header.width * header.height * bytes_each, name, size_of(file))
        file.seek(0)
        pixels = _png_indices(file) if is_palette else _png_samples(file, header)
        return pixels.reshape(header.height, header.width, -1)[..., : _SAMPLES[header.kind]]

    if is_palette and header.palette is None:
        raise InputError(f"{name} is damaged: it has no palette for its indices.")
    stored = Stored(
        (_SAMPLES[header.kind], header.height, header.width),
        lambda: np.moveaxis(read(), -1, 0),
        colour=header.kind in (_RGB, _RGBA),
        alpha=header.kind in (_GREY_ALPHA, _RGBA),
        palette=header.palette if is_palette else None,
        clear=header.clear if is_palette else (),
        notes=_first_of(header.frames, name),
    )
    return _upright(stored, header.orientation, name)


def _png_header(file: BinaryIO) -> _Header:
    """Read all chunks but those of the pixels."""
    from PIL import Image

    file.seek(len(PNG))
    header = None
    while len(start := file.read(8)) == 8 and start[4:] != b"IEND":
        length, kind = int.from_bytes(start[:4], "big"), start[4:]
        if kind not in (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"acTL"):
            file.seek(length + 4, 1)
            continue
        # None of them is longer, but for EXIF, of which the first tags are enough.
        content = file.read(min(length, 2**16))
        file.seek(length - len(content) + 4, 1)
        if kind == b"IHDR" and header is None:
            width, height = (int.from_bytes(content[i : i + 4], "big") for i in (0, 4))
            header = _Header(width, height, content[8], content[9])
        elif header is None:
            break
        elif kind == b"PLTE":
            header.palette = np.frombuffer(content, np.uint8).reshape(-1, 3)
        elif kind == b"tRNS":
            header.clear = tuple(np.flatnonzero(np.frombuffer(content, np.uint8) == 0).tolist())
        elif kind == b"eXIf":
            exif = Image.Exif()
            exif.load(content)
            header.orientation = orientation_of(exif.get(TAG))
        elif kind == b"acTL":
            header.frames = int.from_bytes(content[:4], "big")
    if header is None or header.kind not in _SAMPLES:
        raise ValueError("its header is damaged")
    return header


def _png_samples(file: BinaryIO, header: _Header) -> NDArray[Any]:
    import imagecodecs

    pixels = np.asarray(imagecodecs.png_decode(file.read()))
    if header.depth >= 8:
        return pixels
    # The decoder spreads them up to 255.
    few: NDArray[Any] = pixels // (255 // (2**header.depth - 1))
    return few


def _png_indices(file: BinaryIO) -> NDArray[Any]:
    from PIL import Image

    with Image.open(file, formats=["PNG"]) as image:
        return np.asarray(image)


def _open_with_pillow(file: BinaryIO, name: str) -> Stored:
    from PIL import Image

    image = Image.open(file, formats=FORMATS)
    palette = None
    notes = _first_of(getattr(image, "n_frames", 1), name)
    read: Callable[[], NDArray[Any]] = lambda: np.asarray(image)  # noqa: E731
    if image.mode == "P":
        palette = np.asarray(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    elif image.mode == "CMYK":
        read = lambda: np.asarray(image.convert("RGB"))  # noqa: E731
        notes += (f"{name} is in printing colours (CMYK): they were turned into RGB.",)
    elif image.mode not in ("1", "L", "RGB", "RGBA"):
        raise InputError(f"{name} has pixels of the kind {image.mode}: save it as RGB or grey.")

    def checked() -> NDArray[Any]:
        check_size(image.width * image.height * samples, name, size_of(file))
        return np.moveaxis(read().reshape(image.height, image.width, -1), -1, 0)

    samples = {"RGB": 3, "CMYK": 3, "RGBA": 4}.get(image.mode, 1)
    stored = Stored(
        (samples, image.height, image.width),
        checked,
        colour=samples >= 3,
        alpha=samples == 4,
        palette=palette,
        lossy=image.format in ("JPEG", "MPO"),
        notes=notes,
    )
    return _upright(stored, orientation_of(image.getexif().get(TAG)), name)


def _upright(stored: Stored, orientation: int, name: str) -> Stored:
    return replace(
        stored,
        shape=turned_shape(stored.shape, orientation),
        read=lambda: turned(stored.read(), orientation),
        notes=(*stored.notes, *note_of(orientation, name)),
    )


def _first_of(frames: int, name: str) -> tuple[str, ...]:
    return (f"{name} holds {frames} frames: the first was taken.",) if frames > 1 else ()
