"""Data sets open by drag and drop and from the menu; napari asks for no reader."""

import numpy as np
import pytest
import tifffile
from napari.layers import Labels
from napari.plugins import _npe2
from napari.qt import QtViewer
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_cellbench.data.samples import sample_folder
from napari_cellbench.widgets import opening
from napari_cellbench.widgets.docks import open_panel
from napari_cellbench.widgets.score.widget import ScoreWidget

OURS = "napari-cellbench"

# PySide6 calls the one way of making such an event that all versions have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*QDragEnterEvent:DeprecationWarning")


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    open_panel(viewer, ScoreWidget, "Score")
    QApplication.processEvents()
    return viewer


@pytest.fixture
def left_to_napari(monkeypatch):
    """What napari itself was asked to open."""
    asked = []
    monkeypatch.setattr(QtViewer, "_qt_open", lambda _, paths, **__: asked.extend(paths))
    return asked


def drop(viewer, *paths):
    """Drag files over the canvas and let go of them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    for kind, place in ((QDragEnterEvent, QPoint(50, 50)), (QDropEvent, QPointF(50, 50))):
        button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        event = kind(place, Qt.DropAction.CopyAction, data, button, key)
        QApplication.sendEvent(viewer.window._qt_viewer, event)


@pytest.mark.parametrize("kind", ["folder", "zarr", "lone image", "image of a pair"])
def test_napari_has_nothing_to_ask(tmp_path, kind):
    path = tmp_path / "a.zarr" if kind == "zarr" else tmp_path
    path.mkdir(exist_ok=True)
    if "image" in kind:
        path /= "a_image.tif"
        tifffile.imwrite(path, np.zeros((9, 9), np.uint8))
    assert OURS not in _npe2.get_readers(path)


def test_folder_of_a_data_set(viewer, left_to_napari):
    drop(viewer, sample_folder() / "nuclei")
    assert [type(layer).__name__ for layer in viewer.layers] == ["Image", "Labels"]
    assert not left_to_napari


def test_one_image_of_a_pair_brings_its_truth(viewer, left_to_napari):
    drop(viewer, sample_folder() / "nuclei" / "nuclei_image.tif")
    assert any(isinstance(layer, Labels) for layer in viewer.layers)
    assert not left_to_napari


def test_what_is_no_data_set_is_left_to_napari(viewer, left_to_napari, tmp_path):
    image = tmp_path / "a_image.tif"
    tifffile.imwrite(image, np.zeros((9, 9), np.uint8))
    for paths in ([image], [tmp_path], [sample_folder() / "nuclei", image]):
        left_to_napari.clear()
        drop(viewer, *paths)
        assert left_to_napari == [str(path) for path in paths]
    assert not viewer.layers


def test_two_panels_open_it_once(viewer, left_to_napari):
    opening.take_drops(viewer.window._qt_window)
    drop(viewer, sample_folder() / "nuclei")
    assert len(viewer.layers) == 2


def test_damage_is_told(viewer, left_to_napari, tmp_path):
    (tmp_path / "a.json").write_text("[]")
    notification_manager.records.clear()
    drop(viewer, tmp_path / "a.json")
    assert "a.json isn't COCO" in notification_manager.records[-1].message
    assert not viewer.layers


def test_menu(viewer, monkeypatch):
    from napari._app_model import get_app_model

    answers = [str(sample_folder() / "nuclei"), ""]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: answers.pop(0))
    for _ in range(2):
        get_app_model().commands.execute_command("napari-cellbench.open_folder").result()
    assert len(viewer.layers) == 2
