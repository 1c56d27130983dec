"""Reaching one widget of the plugin from another."""

from __future__ import annotations

from typing import Any, TypeVar

from qtpy.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


def open_widget(viewer: Any, kind: type[W], name: str) -> W:
    """Bring a widget forward; it is opened if the viewer has none.

    Parameters
    ----------
    viewer
        napari's viewer.
    kind
        The widget's class.
    name
        How napari's menu calls it.
    """
    for widget in viewer.window.dock_widgets.values():
        if isinstance(widget, kind):
            dock = widget.parent()
            dock.show()
            dock.raise_()
            return widget
    _, opened = viewer.window.add_plugin_dock_widget("napari-cellbench", name, tabify=True)
    made: W = opened
    return made
