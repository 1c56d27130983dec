"""What can be done with one result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from ....data.writers.layer import write_layer
from ...docks import open_panel
from ...jobs.background import in_background
from ...notify import tell
from ...saving import remember_layers
from ...score.widget import ScoreWidget
from ..results import Item
from ..session import Session

FORMATS = {
    "TIFF labels": ".tif",
    "COCO": ".json",
    "GeoJSON for QuPath": ".geojson",
    "ImageJ regions": ".zip",
    "Cellpose": "_seg.npy",
}
"""Formats that a result can be exported in, with the endings of their files."""


class ResultActions:
    """Acts on results, from the table's menu.

    Parameters
    ----------
    session
        Knows results and viewer.
    parent
        Parent of the dialogues.
    stack
        Goes back from the grid to the stacked view.
    """

    def __init__(self, session: Session, parent: QWidget, stack: Callable[[], None]) -> None:
        self._session, self._parent, self._stack = session, parent, stack
        self._viewer: Any = session.viewer

    def menu(self, item: Item) -> QMenu:
        """Return the menu of a result."""
        menu = QMenu(self._parent)
        if item.layer is not None:
            menu.addAction("Start correcting this one", lambda: self.correct(item))
            menu.addAction("Export…", lambda: self.ask_to_export(item))
            menu.addSeparator()
            menu.addAction("Keep as layer, out of the comparison", lambda: self.keep(item))
        menu.addAction("Drop", lambda: self.drop(item))
        return menu

    def keep(self, item: Item) -> None:
        """Take a result out of the comparison and leave its layer."""
        self._session.keep(item)

    def drop(self, item: Item) -> None:
        """Forget a result and remove its layer; ask first if that holds somebody's work."""
        if item.entry is None or self._session.is_edited(item):
            button = QMessageBox.StandardButton
            text = f"{item.name} was not made here, or edited since. Remove the layer?"
            answer = QMessageBox.question(self._parent, "Drop", text, button.Yes | button.Cancel)
            if answer != button.Yes:
                return
        self._session.drop(item)

    def correct(self, item: Item) -> None:
        """Show a result alone over the image, to be painted on; score it where there is a truth."""
        self._stack()
        results, layer = self._session.results, item.layer
        assert layer is not None
        for other in results.done():
            if other.layer is not None:
                other.layer.visible = other is item
        if results.truth is not None:
            results.truth.visible = False
            open_panel(self._viewer, ScoreWidget, "Score").form.table.choose(layer)
        self._viewer.layers.selection.active = layer
        layer.mode = "paint"

    def ask_to_export(self, item: Item) -> None:
        """Ask for a file, and write the result."""
        filters = ";;".join(f"{title} (*{ending})" for title, ending in FORMATS.items())
        name = "".join(c if c.isalnum() else "_" for c in item.name)
        path, kind = QFileDialog.getSaveFileName(self._parent, "Export", f"{name}.tif", filters)
        if path:
            ending = FORMATS[kind.rpartition(" (")[0]] if kind else ".tif"
            self.export(item, path if Path(path).suffix else path + ending)

    def export(self, item: Item, path: str) -> None:
        """Write a result in the format that the name's ending says; returns at once."""
        assert item.layer is not None
        remember_layers()
        data, meta, _ = item.layer.as_layer_data_tuple()
        in_background(
            lambda: write_layer(path, data, meta),
            lambda written: tell(f"Saved {Path(written[0]).name}."),
        )
