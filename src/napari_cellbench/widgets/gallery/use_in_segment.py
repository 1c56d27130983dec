"""Hands a checkpoint to the Segment widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...checkpoints import Checkpoint
from ..segment.widget import SegmentWidget

if TYPE_CHECKING:
    import napari


def use_in_segment(viewer: napari.Viewer, checkpoint: Checkpoint) -> None:
    """Choose a checkpoint and its method in the viewer's Segment widget, and bring it forward.

    The widget is opened if the viewer has none.
    """
    segment = _segment_widget(viewer)
    segment.form.method.choose(checkpoint.method)
    segment.form.checkpoint.choose(checkpoint)


def _segment_widget(viewer: napari.Viewer) -> SegmentWidget:
    for widget in viewer.window.dock_widgets.values():
        if isinstance(widget, SegmentWidget):
            dock = widget.parent()
            dock.show()
            dock.raise_()
            return widget
    _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Segment", tabify=True)
    return widget
