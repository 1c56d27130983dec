"""Reaching one panel of the plugin from another."""

from __future__ import annotations

from typing import Any, TypeVar

from .panel import Panel

P = TypeVar("P", bound=Panel)


def find_panel(viewer: Any, kind: type[P]) -> P | None:
    """Return the viewer's panel of a class; None if it isn't open."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    for widget in viewer.window.dock_widgets.values():
        if isinstance(widget, kind):
            return widget
    return None


def open_panel(viewer: Any, kind: type[P], name: str) -> P:
    """Bring a panel forward; it is opened if the viewer has none.

    Parameters
    ----------
    viewer
        napari's viewer.
    kind
        The panel's class.
    name
        How napari's menu calls it.
    """
    viewer = getattr(viewer, "__wrapped__", viewer)
    if (found := find_panel(viewer, kind)) is not None:
        found.bring_forward()
        return found
    panel = kind(viewer)
    # As napari's menu names it, which thus finds this one instead of opening a second.
    viewer.window.add_dock_widget(panel, name=f"{name} (CellBench)", tabify=True)
    return panel
