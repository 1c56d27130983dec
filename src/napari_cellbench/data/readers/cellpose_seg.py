"""What a ``_seg.npy`` of Cellpose's holds, from its versions 0 to 4.

It is a pickled dictionary. All versions have ``masks``, but for the oldest, which had ``outlines``
as lists of points; until 2 the image lies in ``img`` as it was given, with its colours first, last
or missing; until 3 ``chan_choose`` says which colours were segmented. Paths may be text or objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files.inputs import open_input, size_of
from ..images import native, reading
from ..instances import Labels, as_labels
from .safe_npy import load_npy

_MOST_COLOURS = 16


@dataclass(frozen=True, eq=False)
class Seg:
    """One ``_seg.npy``.

    Attributes
    ----------
    labels : (Y, X) int32
    chosen
        Which colours are cells and nuclei, from 1; 0 for all, or none. None where it isn't said.
    filename
        Name of the image, without folders.
    notes
        What was filled or left out.
    """

    labels: Labels
    chosen: tuple[int, int] | None
    filename: str
    notes: tuple[str, ...]
    _image: Any

    def image(self, name: str) -> NDArray[Any] | None:
        """Return the image that is kept within, (C, Y, X), or None.

        Raises
        ------
        InputError
            If it has another size than the masks.
        """
        pixels = self._image
        if not isinstance(pixels, np.ndarray) or pixels.dtype.kind not in "biuf" or not pixels.size:
            return None
        if pixels.ndim > 2:
            pixels = pixels.reshape([n for n in pixels.shape if n > 1] or [1, 1])
        shape = self.labels.shape
        if pixels.shape == shape:
            return native(pixels[None])
        # Colours last, as most programs have them, before colours first.
        for axis in (2, 0):
            if pixels.ndim == 3 and pixels.shape[axis] <= _MOST_COLOURS:
                channels = np.moveaxis(pixels, axis, 0)
                if channels.shape[1:] == shape:
                    return native(channels)
        raise InputError(
            f"{name}: the image within has the shape {self._image.shape}, the masks {shape}; they "
            "must be of one size."
        )


def read_seg(path: Path) -> Seg:
    """Read a ``_seg.npy``; nothing of it is run.

    Raises
    ------
    InputError
        If it is damaged, isn't Cellpose's, or its masks are no label image.
    """
    with reading(path), open_input(path) as file:
        content = load_npy(file, size_of(file))
    if not isinstance(content, dict):
        raise InputError(f"{path.name} isn't Cellpose's: it has no 'masks'.")
    with reading(path):
        labels, notes = _labels(content, path.name)
        filename = content.get("filename")
        return Seg(
            labels,
            _chosen(content.get("chan_choose")),
            PureWindowsPath(filename).name if isinstance(filename, str) else "",
            notes,
            content.get("img"),
        )


def _labels(content: Mapping[str, Any], name: str) -> tuple[Labels, tuple[str, ...]]:
    masks, outlines = content.get("masks"), content.get("outlines")
    if isinstance(masks, list) and len(masks) == 1:
        masks = masks[0]
    if isinstance(masks, np.ndarray) and masks.ndim >= 2:
        # (1, Y, X) is a plane, (Z, Y, X) is refused.
        flat = masks.reshape(masks.shape[-2:]) if all(n == 1 for n in masks.shape[:-2]) else masks
        try:
            # Arrays of a pickle are read-only; these will be painted on.
            return as_labels(np.array(flat)), ()
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
    notes = (f"{name} holds outlines only; they were filled.",)
    if isinstance(outlines, np.ndarray) and outlines.ndim >= 2:
        return _filled(as_labels(np.array(outlines.reshape(outlines.shape[-2:])))), notes
    if isinstance(outlines, list) and isinstance(content.get("img"), np.ndarray):
        return _drawn(outlines, content["img"]), notes
    raise InputError(f"{name} isn't Cellpose's: it has no 'masks'.")


def _filled(outlines: Labels) -> Labels:
    """Fill what each outline encloses."""
    from scipy.ndimage import binary_fill_holes, find_objects

    labels = np.zeros_like(outlines)
    ids, compact = np.unique(outlines, return_inverse=True)
    places = find_objects(compact.reshape(outlines.shape) + 1)
    for i, (label, place) in enumerate(zip(ids, places, strict=True), 1):
        if label and place is not None:
            inside = binary_fill_holes(compact.reshape(outlines.shape)[place] == i - 1)
            labels[place][inside & (labels[place] == 0)] = label
    return labels


def _drawn(outlines: list[Any], image: NDArray[Any]) -> Labels:
    """Fill lists of points (y, x) or (z, y, x); Cellpose drew the last one first."""
    from skimage.draw import polygon

    # Without the colours, which are the shortest axis.
    sides = [n for i, n in enumerate(image.shape) if image.ndim < 3 or i != np.argmin(image.shape)]
    labels = np.zeros(sides[-2:], np.int32)
    for i, outline in enumerate(reversed(outlines), 1):
        points = np.asarray(outline, np.float64)
        if points.ndim != 2 or points.shape[1] not in (2, 3) or not np.isfinite(points).all():
            raise ValueError("an outline isn't a list of points")
        # Far points would take memory for all that they enclose.
        points = points[:, -2:].clip(-1, max(labels.shape))
        rows, columns = polygon(points[:, 0], points[:, 1], labels.shape)
        free = labels[rows, columns] == 0
        labels[rows[free], columns[free]] = i
    return labels


def _chosen(value: Any) -> tuple[int, int] | None:
    """Return the two colours of ``chan_choose``, which may be nested, an array, or missing."""
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    cells, nuclei = value
    if not all(isinstance(colour, int | np.integer) and 0 <= colour < 100 for colour in value):
        return None
    return int(cells), int(nuclei)
