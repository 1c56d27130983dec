"""One image as it lies in a file, before it becomes a sample or labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .units import PixelSize


@dataclass(frozen=True, eq=False)
class Stored:
    """What a file's header says of an image; the pixels are read when they are asked for.

    Attributes
    ----------
    shape
        (C, Y, X) as stored; alpha counts as a channel.
    read
        Returns the pixels in that shape. The file has to be open still.
    colour
        Whether the channels are red, green and blue.
    alpha
        Whether the last channel is transparency.
    palette : (N, 3) uint8 or None
        Then the only channel holds indices of these colours.
    clear
        Indices of the palette that are transparent.
    inverted_at
        The highest value that a pixel can have in the file, where `read` inverts them.
    lossy
        Whether the pixels are near to what was put in only, as in JPEG.
    pixel_size
        As the file states it, be it possible or not; None where it states none.
    channels
        Names that the file gives to the channels, C or none.
    notes
        What was guessed, chosen or left out.
    leading
        Letter and length of each axis of planes and frames in front of `shape`, where they were
        asked for; what `read` returns has these axes first, or is the first plane where there is
        `plane`.
    plane
        Returns one of these planes in that shape, by its number, the last axis counting first;
        None where all are read at once. The file need not be open.
    """

    shape: tuple[int, int, int]
    read: Callable[[], NDArray[Any]]
    colour: bool = False
    alpha: bool = False
    palette: NDArray[np.uint8] | None = None
    clear: tuple[int, ...] = ()
    inverted_at: int | None = None
    lossy: bool = False
    pixel_size: PixelSize | None = None
    channels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    leading: tuple[tuple[str, int], ...] = ()
    plane: Callable[[int], NDArray[Any]] | None = None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """The (C, Y, X) of the image that this is: in colours, without alpha."""
        c, y, x = self.shape
        return (3 if self.palette is not None else c - self.alpha), y, x
