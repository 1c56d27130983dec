"""Which axes of an array are rows, columns and channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ..errors import InputError

MOST_CHANNELS = 16
"""An unnamed axis longer than this is taken for planes or frames, not for channels."""
NARROWEST = 4
"""No plane is that narrow where the two other axes are longer than `MOST_CHANNELS`."""

CHANNELS, UNNAMED = "CS", "QI"
"""tifffile's letters: channels and samples of a pixel, and what the file doesn't name."""
_NAMES = {"Z": "depth", "T": "time"}


class Layout(NamedTuple):
    """Where rows, columns and channels lie in an array; all other axes have the length 1.

    Attributes
    ----------
    channel
        None for one channel.
    notes
        What was guessed.
    leading
        Axes of planes and frames in front of these, where they are wanted.
    """

    channel: int | None
    y: int
    x: int
    notes: tuple[str, ...] = ()
    leading: tuple[int, ...] = ()

    def shape_of(self, shape: Sequence[int]) -> tuple[int, int, int]:
        """Return the (C, Y, X) that `apply` makes of an array of this shape."""
        count = 1 if self.channel is None else int(shape[self.channel])
        return count, int(shape[self.y]), int(shape[self.x])

    def apply(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array as (..., C, Y, X), a view; the leading axes come first."""
        own = [axis for axis in (self.channel, self.y, self.x) if axis is not None]
        kept = [*self.leading, *own]
        others = tuple(axis for axis in range(array.ndim) if axis not in kept)
        moved: NDArray[Any] = array.transpose(*others, *kept)[(0,) * len(others)]
        return moved[..., None, :, :] if self.channel is None else moved


def layout_of(shape: Sequence[int], axes: str, name: str, *, stacks: bool = False) -> Layout:
    """Find rows, columns and channels.

    Names count, but for those that make a plane of a few columns of what must be channels: writers
    that aren't told the axes name the last two Y and X, whatever they are.

    Parameters
    ----------
    shape
        Of the array.
    axes
        A letter for each axis, as in tifffile.
    name
        Of the file, for messages.
    stacks
        Whether there may be planes and frames.

    Raises
    ------
    InputError
        If there are planes or frames, and they aren't wanted.
    """
    if axes.count("Y") != 1 or axes.count("X") != 1:
        raise InputError(f"{name} has the axes {axes}: an image has rows and columns, Y and X.")
    kept = [i for i, length in enumerate(shape) if length > 1 or axes[i] in "YX"]
    y, x = axes.index("Y"), axes.index("X")
    if len(kept) == 2:
        return Layout(None, y, x)
    if len(kept) == 3:
        (other,) = (axis for axis in kept if axis not in (y, x))
        if _is_narrow(shape, other, y, x):
            return _channels_last(shape, other, y, x, name)
        if axes[other] in CHANNELS:
            return Layout(other, y, x)
        if axes[other] in UNNAMED:
            last = other < y < x and shape[x] <= NARROWEST and shape[x] < shape[other]
            if shape[other] <= MOST_CHANNELS and not last:
                return Layout(other, y, x, (_taken(name, shape, other),))
            if last or (other < y < x and shape[x] <= MOST_CHANNELS):
                return _channels_last(shape, other, y, x, name)
    if stacks and (found := _stack_of([(i, axes[i]) for i in kept if i not in (y, x)])):
        return Layout(found[0], y, x, (), found[1])
    stack = ", ".join(
        f"{shape[axis]} along {_NAMES.get(axes[axis], axes[axis])}"
        for axis in kept
        if axes[axis] not in "YX"
    )
    raise InputError(
        f"{name} has the shape {tuple(shape)}, with axes {axes} ({stack}): one 2-D image is "
        "needed. Open stacks and time series in napari, which shows them plane by plane. If these "
        f"are channels, say so: --axes {axes.translate(str.maketrans('ZTQI', 'CCCC'))}."
    )


def _stack_of(others: Sequence[tuple[int, str]]) -> tuple[int | None, tuple[int, ...]] | None:
    """Return the channels' axis and those in front of it: depth and time, as many as are written.

    Parameters
    ----------
    others
        Number and letter of each axis beside rows and columns.
    """
    channels = [axis for axis, letter in others if letter in CHANNELS]
    leading = tuple(axis for axis, letter in others if letter in (*_NAMES, *UNNAMED))
    if len(channels) > 1 or len(channels) + len(leading) != len(others) or len(leading) > 2:
        return None
    return (channels[0] if channels else None), leading


def renamed(axes: str, given: str | None, name: str) -> str:
    """Return the axes that the user names instead of the file's.

    Raises
    ------
    InputError
        If they are not as many.
    """
    if given is None:
        return axes
    named = given.upper()
    if len(named) != len(axes) or not named.isalpha():
        raise InputError(f"{name} has {len(axes)} axes, {axes}: give as many letters, not {given}.")
    return named


def _is_narrow(shape: Sequence[int], other: int, y: int, x: int) -> bool:
    sides = shape[other], shape[y]
    return other < y < x and shape[x] <= NARROWEST and min(sides) > MOST_CHANNELS


def _channels_last(shape: Sequence[int], other: int, y: int, x: int, name: str) -> Layout:
    if shape[x] == 1:
        return Layout(None, other, y)
    return Layout(x, other, y, (_taken(name, shape, x),))


def _taken(name: str, shape: Sequence[int], axis: int) -> str:
    which = "first" if axis == 0 else "last" if axis == len(shape) - 1 else f"{axis + 1}th"
    size = " x ".join(map(str, shape))
    return f"{name} is {size}: its {which} axis, of {shape[axis]}, was taken for channels."
