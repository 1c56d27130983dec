"""What a person sees once there is a result: the image, the truth's outlines, the newest result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from napari.layers import Labels

from ...data.record import record_of

if TYPE_CHECKING:
    from napari.layers import Image

OUTLINE = 2
"""Width of the truth's outlines, in pixels."""


def bring_to_front(viewer: Any, result: Labels, images: Iterable[Image]) -> None:
    """Show a new result alone on its image; the next free label is chosen, to paint a cell with.

    Parameters are those of `show_alone`.
    """
    show_alone(viewer, result, images)
    result.selected_label = int(result.data.max(initial=0)) + 1


def show_alone(viewer: Any, result: Labels, images: Iterable[Image]) -> None:
    """Show a result on its image, and nothing that would hide it.

    Other results of the same image are hidden. Its truth becomes an outline, unless it was made
    one already or is hidden.

    Parameters
    ----------
    viewer
        napari's viewer.
    result
        One of its layers.
    images
        What it was made from.
    """
    for layer in (*images, result):
        layer.visible = True
    of = _image_of(result)
    for layer in viewer.layers:
        if not isinstance(layer, Labels) or layer is result or _image_of(layer) != of:
            continue
        record = record_of(layer)
        if record.get("truth"):
            layer.contour = layer.contour or OUTLINE
        elif "method" in record:
            layer.visible = False


def add_hidden(viewer: Any, layer: Labels) -> None:
    """Add a result that isn't to be seen yet; the layer that is active stays so."""
    active = viewer.layers.selection.active
    layer.visible = False
    viewer.add_layer(layer)
    viewer.layers.selection.active = active


def _image_of(layer: Any) -> str | None:
    """Return the name of the sample, else of the image, that labels belong to; None if unknown."""
    record = record_of(layer)
    name: str | None = record.get("sample") or record.get("image")
    return name
