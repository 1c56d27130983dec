"""Data sets by drag and drop and from the menu, without the question which reader shall open them.

napari asks wherever a name or a folder fits two readers, before either has looked. Thus its list of
readers has only what no other reads, and the rest is recognised here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.qt import QtViewer
from qtpy.QtCore import QEvent, QMimeData, QObject, Qt
from qtpy.QtGui import QDropEvent, QGuiApplication
from qtpy.QtWidgets import QFileDialog

from ..data.layers import get_reader, read_layers
from ..errors import InputError
from .notify import complain

if TYPE_CHECKING:
    import napari
    from napari.layers import Layer


class Drops(QObject):
    """Opens what is dropped on napari's window and is surely a data set; the rest is napari's.

    With Shift or Alt, by which napari makes a stack or asks for a reader, all is napari's.
    """

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: N802
        """Take a drop, if all of it is known here."""
        if not isinstance(event, QDropEvent) or event.type() != QEvent.Type.Drop:
            return False
        if QGuiApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        if not (paths := _known(event.mimeData())):
            return False
        event.acceptProposedAction()
        for path in paths:
            open_data(watched.viewer, path)
        return True


def take_drops(window: QObject) -> None:
    """Open data sets that are dropped on a napari window from now on."""
    canvas = window.findChild(QtViewer)
    if canvas is not None and canvas.findChild(Drops) is None:
        canvas.installEventFilter(Drops(canvas))


def open_folder(viewer: napari.Viewer) -> None:
    """Ask for the folder of a data set, and open it."""
    folder = QFileDialog.getExistingDirectory(None, "Open a data set of cell images")
    if folder:
        open_data(viewer, Path(folder))


def open_data(viewer: Any, path: Path) -> list[Layer]:
    """Add a data set's layers; what is wrong with it is shown to the user.

    Parameters
    ----------
    viewer
        napari's viewer.
    path
        A file or folder of any format that is known here.
    """
    try:
        layers = read_layers(str(path))
    except InputError as error:
        complain(error)
        return []
    added: list[Layer] = []
    for data, options, kind in layers:
        made = getattr(viewer, f"add_{kind}")(data, **options)
        added += made if isinstance(made, list) else [made]
    return added


def _known(dropped: QMimeData | None) -> list[Path]:
    """Return what was dropped if each of it is a data set; else nothing."""
    urls = dropped.urls() if dropped is not None else []
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    are_known = len(paths) == len(urls) and all(get_reader(str(path)) for path in paths)
    return paths if are_known else []
