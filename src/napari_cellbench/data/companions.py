"""Which files lie beside an image as its truth, by the names that the readers know."""

from __future__ import annotations

from contextlib import suppress
from glob import escape
from pathlib import Path

from .images import IMAGE_SUFFIXES

_BESIDE = {
    "_image": ("_labels", "_labels_*"),
    "_img": ("_masks", "_cp_masks"),
    "": ("_masks", "_cp_masks"),
}
"""Endings of label images by the ending of the image's name: pairs, and Cellpose's."""


def truth_beside(image: Path) -> list[Path]:
    """Return the label images that are read as an image's truth; there may be none.

    Cellpose's ``_seg.npy`` is not among them: it is a result as often as a truth.

    Parameters
    ----------
    image
        An image file.
    """
    found: list[Path] = []
    # What can't be a path or a folder has nothing beside it.
    with suppress(OSError, ValueError):
        for ending, endings in _BESIDE.items():
            if not image.stem.endswith(ending):
                continue
            name = escape(image.stem.removesuffix(ending))
            for labels in endings:
                beside = image.parent.glob(f"{name}{labels}.*")
                found += (file for file in beside if file.suffix.lower() in IMAGE_SUFFIXES)
        # The NeurIPS challenge's folders.
        other = image.parent.parent / "labels" / f"{image.stem}_label.tiff"
        if image.parent.name == "images" and other.is_file():
            found.append(other)
    return found
