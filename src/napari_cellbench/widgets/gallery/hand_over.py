"""Between the Gallery and the Segment and Compare widgets: checkpoints, and questions for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...checkpoints import Checkpoint
from ...data.kind import Kind
from ...engine import Entry
from ...methods.proposal import MODALITIES
from ..compare.widget import add_to_compare
from ..docks import open_panel
from ..segment.widget import SegmentWidget

if TYPE_CHECKING:
    import napari


def use_in_segment(viewer: napari.Viewer, checkpoint: Checkpoint) -> None:
    """Choose a checkpoint and its method in the viewer's Segment widget, and bring it forward.

    The widget is opened if the viewer has none.
    """
    form = open_panel(viewer, SegmentWidget, "Segment").form
    form.method.choose(checkpoint.method)
    form.checkpoint.choose(checkpoint)


def browse(viewer: napari.Viewer, method: str, kind: Kind | None) -> None:
    """Show in the viewer's Gallery what checkpoints a method has for a kind of image."""
    from .widget import GalleryWidget

    modality = MODALITIES.get(kind.name) if kind is not None else None
    open_panel(viewer, GalleryWidget, "Gallery").filters.narrow(method, modality)


def compare(viewer: napari.Viewer, checkpoint: Checkpoint) -> None:
    """Add a checkpoint to the viewer's Compare widget, with the method's default parameters."""
    add_to_compare(viewer, Entry(checkpoint.method, checkpoint.key))
