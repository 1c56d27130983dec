"""Label images in files: ids as values, as indices of a palette, as shades or as colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .instances import Labels, as_labels
from .label_check import looks_like_image
from .stored import Stored
from .tiff import inverted

ONE_EACH = 0.9
"""From this share of colours with a single region on, a colour is a cell; else each region is."""
FEW_COLOURS = 7
"""So few colours in many regions are kinds of things, not cells."""
_LISTED = 6


def labels_of(stored: Stored, name: str) -> tuple[Labels, tuple[str, ...]]:
    """Return the ids that an image file holds, and what was guessed.

    Parameters
    ----------
    stored
        A file's image.
    name
        For messages.

    Returns
    -------
    (Y, X) int32, tuple of str
        0 is background.

    Raises
    ------
    InputError
        If these are no ids, but an image's intensities or colours that mean something else.
    """
    if stored.lossy:
        raise InputError(
            f"{name} is compressed as JPEG, which changes numbers: save labels as PNG or TIFF."
        )
    pixels = stored.read()
    notes: tuple[str, ...] = stored.notes
    alpha = pixels[-1] if stored.alpha else None
    channels = pixels[:-1] if stored.alpha else pixels
    if stored.palette is not None:
        labels, further = _of_palette(channels[0], stored, name)
    elif len(channels) == 1 or (len(channels) == 3 and (channels == channels[0]).all()):
        labels, further = channels[0], ()
        if stored.inverted_at is not None:
            labels, notes = _upright_values(labels, stored, name)
    elif stored.colour:
        labels, further = _of_colours(channels, alpha, name)
    else:
        raise InputError(
            f"{name} holds {len(channels)} channels; a label image has one. Save the one that "
            "holds the labels."
        )
    if alpha is not None:
        labels = np.where(alpha == 0, labels.dtype.type(0), labels)
    try:
        checked = as_labels(np.ascontiguousarray(labels))
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    if looks_like_image(checked):
        raise InputError(
            f"{name} looks like an image, not like labels: in labels neighbouring pixels of a cell "
            "have one number, here they differ. Choose the file of labels."
        )
    return checked, (*notes, *further)


def _upright_values(
    labels: NDArray[Any], stored: Stored, name: str
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return values as they are stored if more of them are background then, and the notes."""
    assert stored.inverted_at is not None
    as_stored = inverted(labels, stored.inverted_at)
    if np.count_nonzero(as_stored == 0) <= np.count_nonzero(labels == 0):
        return labels, stored.notes
    note = f"{name} is marked as inverted (MinIsWhite); its numbers were read as they are."
    return as_stored, (*(n for n in stored.notes if "MinIsWhite" not in n), note)


def _of_palette(
    indices: NDArray[Any], stored: Stored, name: str
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Take indices for ids, unless the palette was made for the picture's colours."""
    assert stored.palette is not None
    indices = indices.astype(np.int32)
    clear = np.isin(indices, stored.clear)
    counts = np.bincount(indices[~clear], minlength=len(stored.palette))
    if len(counts) > len(stored.palette):
        raise InputError(f"{name} is damaged: it has indices beyond its palette.")
    black = np.flatnonzero((stored.palette == 0).all(axis=1) & (counts > 0))
    # Programs that count their ids from 0 show 0 in black; those that gather the colours of a
    # picture put its background anywhere.
    if not len(black) or 0 in black or counts[0] > counts[black].max():
        return np.where(clear, 0, indices), ()
    colours = np.moveaxis(stored.palette[indices], -1, 0)
    return _of_colours(colours, np.where(clear, 0, 255), name)


def _of_colours(
    colours: NDArray[Any], alpha: NDArray[Any] | None, name: str
) -> tuple[Labels, tuple[str, ...]]:
    """Give each colour a number, or each region of one where colours come again."""
    from skimage.measure import label

    codes = np.zeros(colours.shape[1:], np.int64)
    for channel in colours.astype(np.int64):
        codes = codes << 16 | channel
    if alpha is not None:
        codes[alpha == 0] = 0
    known, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    is_ground, notes = _ground(known, counts, colours.dtype, name)
    number = np.where(is_ground, 0, np.cumsum(~is_ground)).astype(np.int32)
    ids: Labels = number[places.reshape(codes.shape)]
    if looks_like_image(ids):
        raise InputError(
            f"{name} looks like a picture, not like labels: it has {len(known):,} colours, and "
            "neighbouring pixels differ. Choose the file of labels."
        )
    found, count = label(ids, background=0, connectivity=2, return_num=True)
    regions: Labels = found.astype(np.int32)
    colour_of = np.zeros(count + 1, np.int32)
    colour_of[regions] = ids
    pieces = np.bincount(colour_of[1:], minlength=number.max() + 1)[1:]
    if len(pieces) <= 1:
        return ids, notes
    if (pieces == 1).mean() >= ONE_EACH:
        return ids, (*notes, f"{name} is in colours: each of its {len(pieces)} is one cell's.")
    if len(pieces) <= FEW_COLOURS:
        shown = [known[i] for i in np.argsort(-counts, kind="stable")[:_LISTED]]
        colours_shown = ", ".join(_hex(code, colours.dtype) for code in shown)
        raise InputError(
            f"{name} has {len(pieces)} colours in {count} regions ({colours_shown}): these are "
            "kinds of things rather than cells. Save a number for each cell, as 16-bit TIFF or PNG."
        )
    notes += (
        f"{name} is in {len(pieces)} colours, which come again: each of {count} connected regions "
        "of one colour was taken for a cell.",
    )
    return regions, notes


def _ground(
    known: NDArray[np.int64], counts: NDArray[Any], dtype: np.dtype[Any], name: str
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Tell which colours are background: black, and white or another where it is most common."""
    most = known[counts.argmax()]
    is_ground = known == 0
    is_white = _hex(most, dtype) == "#ffffff"
    if not is_ground.any() or is_white:
        is_ground |= known == most
    if most in known[is_ground] and most:
        which = "black and white were" if is_white and known[0] == 0 else f"{_hex(most, dtype)} was"
        return is_ground, (f"{name}: {which} taken for background.",)
    return is_ground, ()


def _hex(code: int, dtype: np.dtype[Any]) -> str:
    shift = 8 * (dtype.itemsize - 1)
    parts = (code >> 32 & 0xFFFF, code >> 16 & 0xFFFF, code & 0xFFFF)
    return "#" + "".join(f"{int(part) >> shift:02x}" for part in parts)
