"""What a person sees once there is a result: the image, the truth's outlines, the newest result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from napari.layers import Labels

if TYPE_CHECKING:
    from napari.layers import Image

OUTLINE = 2
"""Width of the truth's outlines, in pixels."""


def bring_to_front(viewer: Any, result: Labels, images: Iterable[Image]) -> None:
    """Show a result on its image, and nothing that would hide it.

    Earlier results of the same image are hidden. Its truth becomes an outline, unless it was made
    one already or is hidden. The next free label is chosen, so that painting adds a cell.

    Parameters
    ----------
    viewer
        napari's viewer.
    result
        The new layer, in front of all others.
    images
        What it was made from.
    """
    for image in images:
        image.visible = True
    of = _image_of(result)
    for layer in viewer.layers:
        if not isinstance(layer, Labels) or layer is result or _image_of(layer) != of:
            continue
        record = layer.metadata["cellbench"]
        if record.get("truth"):
            layer.contour = layer.contour or OUTLINE
        elif "method" in record:
            layer.visible = False
    result.selected_label = int(result.data.max(initial=0)) + 1


def _image_of(layer: Any) -> str | None:
    """Return the name of the sample, else of the image, that labels belong to; None if unknown."""
    record = layer.metadata.get("cellbench", {})
    name: str | None = record.get("sample") or record.get("image")
    return name
