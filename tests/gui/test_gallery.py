"""The Gallery widget in a real napari window, with downloads from a server on this machine."""

import io
import threading
import time

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QDialogButtonBox, QFileDialog, QMessageBox

from napari_cellbench.checkpoints import checkpoints, get_checkpoint, location, stored
from napari_cellbench.checkpoints.settings import read_settings
from napari_cellbench.methods import methods
from napari_cellbench.methods.proposal import MODALITIES
from napari_cellbench.widgets.gallery import advisor as advising
from napari_cellbench.widgets.gallery import details, dialogs, work
from napari_cellbench.widgets.gallery.widget import GalleryWidget
from napari_cellbench.widgets.segment.widget import SegmentWidget

from ..checkpoints.conftest import CONTENT, site  # noqa: F401

KEY = "cellpose-cyto"
TIMEOUT = 30_000


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """A cache of the test's own, and no downloads of earlier tests."""
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cache"))
    work.shared_work.cache_clear()


@pytest.fixture
def make_gallery(make_napari_viewer, engine):
    def make() -> GalleryWidget:
        # As from the menu: the widget gets a proxy of the viewer.
        window = make_napari_viewer().window
        _, widget = window.add_plugin_dock_widget("napari-cellbench", "Gallery")
        return widget

    return make


@pytest.fixture
def gallery(qtbot, make_gallery) -> GalleryWidget:
    widget = make_gallery()
    qtbot.waitUntil(lambda: bool(widget.table.rows.found), timeout=TIMEOUT)
    return widget


@pytest.fixture(scope="module")
def weights() -> bytes:
    """A small network of Cellpose, which passes the trial of what was downloaded; 3 MB."""
    torch = pytest.importorskip("torch")
    from napari_cellbench.methods.cellpose_unet.network import CellposeUNet

    file = io.BytesIO()
    torch.save(CellposeUNet((2, 11, 22, 44, 88)).state_dict(), file)
    return file.getvalue()


@pytest.fixture
def served(site, weights, monkeypatch):  # noqa: F811
    """A mirror that has one checkpoint."""
    site.content = weights
    site.also.append(f"/{location(get_checkpoint(KEY)).name}")
    monkeypatch.setenv("CELLBENCH_MIRROR", site.address)
    yield site
    if site.gate:
        site.gate.set()


def titles(gallery) -> list[str]:
    model = gallery.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def choose(box, text: str) -> None:
    box.setCurrentIndex(box.findText(text))


def shown_buttons(gallery) -> set[str]:
    details = gallery.details
    return {button.text() for button in details.buttons if button.isVisibleTo(details)}


def test_search_and_filter(gallery):
    everything = len(titles(gallery))
    assert gallery.count.text() == f"{everything} checkpoints"
    gallery.filters.search.setText("swin-s two breast")
    assert len(titles(gallery)) == 2
    choose(gallery.filters.target, "Nuclei")
    choose(gallery.filters.channels, "Both stains")
    assert titles(gallery) == ["Swin-S, nuclei, two channels, Breast"]
    assert gallery.count.text() == f"1 of {everything} checkpoints"
    assert "Breast" in gallery.details.text.text()
    gallery.filters.reset.click()
    assert len(titles(gallery)) == everything
    assert not gallery.filters.reset.isEnabled()


@pytest.mark.parametrize(
    ("box", "choice", "member"),
    [
        ("modality", "Stained tissue (H&E)", "Versatile, H&E nuclei"),
        ("tissue", "MCF7", "Swin-S, cells, phase contrast, MCF7"),
        ("method", "Mesmer", "Mesmer, nuclei, two channels, all types"),
        ("terms", "Commercial use, too", "MobileSAM, TinyViT"),
    ],
)
def test_each_filter(gallery, box, choice, member):
    before = len(titles(gallery))
    choose(getattr(gallery.filters, box), choice)
    assert member in titles(gallery)
    assert len(titles(gallery)) < before


def test_only_what_is_on_this_computer(gallery):
    gallery.filters.installed.setChecked(True)
    assert len(titles(gallery)) == 4
    assert all("bundled" in title for title in titles(gallery))


def test_nothing_found_says_what_to_do(gallery):
    gallery.filters.search.setText("unicorn")
    assert "Clear one, or search" in gallery.details.text.text()
    assert not shown_buttons(gallery)


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
def test_sorted_by_accuracy_what_has_none_comes_last(gallery, order):
    gallery.table.sortByColumn(1, order)
    model = gallery.table.model()
    figures = [model.index(row, 1).data() for row in range(model.rowCount())]
    given = [float(figure) for figure in figures if figure]
    assert figures[len(given) :] == [""] * (len(figures) - len(given))
    assert given == sorted(given, reverse=order == Qt.SortOrder.DescendingOrder)


def test_published_figures_are_beside_each(gallery):
    gallery.table.choose("seggal-swin-s-cells-dual-all")
    row = gallery.table.currentIndex().row()
    model = gallery.table.model()
    assert [model.index(row, column).data() for column in (1, 2, 3)] == ["0.61", "0.69", "37"]


def test_download_and_delete(qtbot, gallery, served, monkeypatch):
    gallery.table.choose(KEY)
    assert shown_buttons(gallery) == {
        "Download",
        "Use a downloaded file…",
        "Use in Segment",
        "Add to Compare",
    }
    gallery.details.fetch_button.click()
    qtbot.waitUntil(lambda: "Delete" in shown_buttons(gallery), timeout=TIMEOUT)
    assert stored(get_checkpoint(KEY)).installed
    row = gallery.table.currentIndex().row()
    state = gallery.table.model().index(row, 4)
    assert state.data() == "✓"
    assert state.data(Qt.ItemDataRole.ToolTipRole) == "is on this computer"
    qtbot.waitUntil(lambda: "3 MB" in gallery.disk.text(), timeout=TIMEOUT)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    gallery.details.delete_button.click()
    assert stored(get_checkpoint(KEY)).installed
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    gallery.details.delete_button.click()
    qtbot.waitUntil(lambda: "Download" in shown_buttons(gallery), timeout=TIMEOUT)
    assert not stored(get_checkpoint(KEY)).installed


def test_pause_resume_cancel(qtbot, gallery, served):
    served.gate = threading.Event()
    served.before_gate = 1_100_000
    gallery.table.choose(KEY)
    gallery.details.fetch_button.click()
    qtbot.waitUntil(lambda: "1 MB of 3 MB" in gallery.details.status.text(), timeout=TIMEOUT)
    assert shown_buttons(gallery) == {"Pause", "Cancel"}
    assert 0 < gallery.details.bar.value() < 1000
    # A slow finger: the progress that is shown meanwhile must not take the button away.
    qtbot.mousePress(gallery.details.pause_button, Qt.MouseButton.LeftButton)
    qtbot.wait(200)
    qtbot.mouseRelease(gallery.details.pause_button, Qt.MouseButton.LeftButton)
    served.gate.set()
    qtbot.waitUntil(lambda: "Resume" in shown_buttons(gallery), timeout=TIMEOUT)
    assert gallery.details.status.text().startswith("Paused after 1 MB")
    served.gate.clear()
    gallery.details.fetch_button.click()
    qtbot.waitUntil(lambda: "Pause" in shown_buttons(gallery), timeout=TIMEOUT)
    gallery.details.cancel_button.click()
    served.gate.set()
    qtbot.waitUntil(lambda: "Download" in shown_buttons(gallery), timeout=TIMEOUT)
    assert not stored(get_checkpoint(KEY)).unfinished


def test_paused_download_is_found_again_and_cancelled(qtbot, make_gallery):
    path = location(get_checkpoint(KEY))
    path.parent.mkdir(parents=True)
    path.with_name(f"{path.name}.part").write_bytes(CONTENT)
    gallery = make_gallery()
    qtbot.waitUntil(lambda: bool(gallery.table.rows.found), timeout=TIMEOUT)
    gallery.table.choose(KEY)
    assert {"Resume", "Cancel"} <= shown_buttons(gallery)
    gallery.details.cancel_button.click()
    qtbot.waitUntil(lambda: "Download" in shown_buttons(gallery), timeout=TIMEOUT)


def test_download_that_fails_says_why_and_how_else(qtbot, gallery, site, monkeypatch):  # noqa: F811
    monkeypatch.setenv("CELLBENCH_MIRROR", f"{site.address}/none")
    gallery.table.choose("mediar")
    gallery.details.fetch_button.click()
    qtbot.waitUntil(lambda: "The download failed" in gallery.details.text.text(), timeout=TIMEOUT)
    text = gallery.details.text.text()
    assert "folder that only a browser can download: https://drive.google.com" in text
    assert "By hand" in text
    assert "Download" in shown_buttons(gallery)


def test_download_goes_on_when_the_gallery_is_closed(qtbot, gallery, served):
    served.gate = threading.Event()
    gallery.table.choose(KEY)
    gallery.details.fetch_button.click()
    qtbot.waitUntil(lambda: "Pause" in shown_buttons(gallery), timeout=TIMEOUT)
    gallery.viewer.window.remove_dock_widget(gallery)
    gallery.deleteLater()
    served.gate.set()
    qtbot.waitUntil(lambda: stored(get_checkpoint(KEY)).installed, timeout=TIMEOUT)


def test_errors_are_told_once_however_often_the_gallery_was_opened(qtbot, make_gallery, tmp_path):
    window = make_gallery().viewer.window
    first = next(w for w in window.dock_widgets.values() if isinstance(w, GalleryWidget))
    window.remove_dock_widget(first)
    first.deleteLater()
    qtbot.wait(50)
    _, second = window.add_plugin_dock_widget("napari-cellbench", "Gallery")
    before = len(notification_manager.records)
    second.work.adopt(get_checkpoint(KEY), tmp_path)
    qtbot.waitUntil(lambda: len(notification_manager.records) > before, timeout=TIMEOUT)
    qtbot.wait(50)
    assert len(notification_manager.records) == before + 1
    assert "is not a file" in notification_manager.records[-1].message


def test_file_downloaded_by_hand(qtbot, gallery, weights, tmp_path, monkeypatch):
    file = tmp_path / "cytotorch_0"
    file.write_bytes(weights)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    gallery.table.choose(KEY)
    gallery.details.adopt_button.click()
    qtbot.waitUntil(lambda: "Delete" in shown_buttons(gallery), timeout=TIMEOUT)
    assert location(get_checkpoint(KEY)).read_bytes() == weights


def test_own_file(qtbot, gallery, tmp_path, monkeypatch):
    file = tmp_path / "Our nuclei.h5"
    # What tells StarDist is the names of its layers.
    file.write_bytes(b"\x89HDF\r\n\x1a\n down_level_0_no_0 up_level_0_no_2")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(dialogs.AddDialog, "exec", lambda self: True)
    gallery.add_button.click()
    checkpoint = gallery.table.checkpoint()
    assert (checkpoint.title, checkpoint.method, checkpoint.source) == (
        "Our nuclei",
        "stardist",
        "user",
    )
    qtbot.waitUntil(lambda: "Take off the list" in shown_buttons(gallery), timeout=TIMEOUT)
    file.unlink()
    gallery.reload()
    qtbot.waitUntil(lambda: "not there any more" in gallery.details.status.text(), timeout=TIMEOUT)
    gallery.details.delete_button.click()
    assert "Our nuclei" not in titles(gallery)


def test_own_file_is_of_the_method_whose_weights_it_holds(qtbot, gallery, tmp_path):
    """Not of the first one in the alphabet that takes files of such an ending."""
    checkpoint = next(one for one in checkpoints() if one.key == "cellpose-phase-contrast")
    (tmp_path / "ours.pt").write_bytes(location(checkpoint).read_bytes())
    dialog = dialogs.AddDialog(gallery, tmp_path / "ours.pt")
    assert dialog.method.currentData() == "cellpose_unet"
    assert dialog.note.text() == "Recognised by its weights: Cellpose (U-Net)."
    (tmp_path / "theirs.pt").write_bytes(b"no weights at all")
    dialog = dialogs.AddDialog(gallery, tmp_path / "theirs.pt")
    add = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    assert dialog.method.currentData() is None
    assert not add.isEnabled()
    dialog.method.setCurrentIndex(0)
    assert add.isEnabled()


def test_use_opens_the_segment_widget(qtbot, gallery):
    gallery.table.choose("stardist-2D_versatile_he")
    gallery.details.use_button.click()
    docked = gallery.viewer.window.dock_widgets.values()
    (segment,) = [widget for widget in docked if isinstance(widget, SegmentWidget)]
    assert segment.form.checkpoint.checkpoint().key == "stardist-2D_versatile_he"
    gallery.table.choose("cellpose-cyto3")
    gallery.details.use_button.click()
    assert segment.form.method.currentData() == "cellpose_unet"
    assert segment.form.checkpoint.checkpoint().key == "cellpose-cyto3"
    segment.closing()


def test_segment_leads_to_what_fits(qtbot, gallery):
    gallery.filters.search.setText("unicorn")
    viewer = gallery.viewer
    blobs = np.random.default_rng(0).normal(100, 5, (64, 64)).astype(np.float32)
    blobs[20:30, 20:30] += 200
    viewer.add_image(blobs, metadata={"cellbench": {"role": "nucleus"}})
    _, segment = viewer.window.add_plugin_dock_widget("napari-cellbench", "Segment")
    segment.form.method.choose("stardist")
    qtbot.mouseClick(segment.form.more_button, Qt.MouseButton.LeftButton)
    assert gallery.filters.method.currentData() == "stardist"
    assert gallery.filters.search.text() == ""
    assert titles(gallery)
    kind = segment.images.looks.kind()
    shown = gallery.filters.modality.currentData()
    assert shown == (MODALITIES.get(kind.name) if kind is not None else None)
    segment.closing()


def test_what_segments_nothing_is_not_offered_to_segment(gallery):
    gallery.table.choose("start-mask_rcnn")
    assert "Use in Segment" not in shown_buttons(gallery)
    words = ("start training from", "Its method lacks")
    assert any(part in gallery.details.status.text() for part in words)


def test_files_of_a_method_that_is_not_here_can_be_kept_only(gallery, monkeypatch):
    """Another version, or a package that was taken off, had it."""
    left = {key: method for key, method in methods().items() if key != "centermask2"}
    monkeypatch.setattr(details, "methods", lambda: left)
    gallery.table.choose("seggal-centermask2-nuclei-dual-all")
    assert "Use in Segment" not in shown_buttons(gallery)
    assert "not among the methods of this version" in gallery.details.status.text()


def test_keyboard(qtbot, gallery, served):
    """From the list to the search field and back, and a download, without a mouse."""
    window = gallery.window()
    gallery.table.setFocus()
    qtbot.keyClick(gallery.table, Qt.Key.Key_Slash)
    assert window.focusWidget() is gallery.filters.search
    qtbot.keyClicks(gallery.filters.search, "cellpose-cyto users")
    qtbot.keyClick(gallery.filters.search, Qt.Key.Key_Return)
    assert window.focusWidget() is gallery.table
    assert titles(gallery) == ["cyto2"]
    gallery.filters.search.setText("cellpose-cyto")
    gallery.table.selectRow(0)
    for _ in titles(gallery):
        if gallery.table.checkpoint().key != KEY:
            qtbot.keyClick(gallery.table, Qt.Key.Key_Down)
    qtbot.keyClick(gallery.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stored(get_checkpoint(KEY)).installed, timeout=TIMEOUT)


def test_settings_are_kept(gallery, tmp_path, monkeypatch):
    monkeypatch.delenv("CELLBENCH_CACHE")
    dialog = dialogs.SettingsDialog(gallery)
    dialog.folder.setText(str(tmp_path / "chosen"))
    dialog.mirror.setText("https://lab.example/weights")
    dialog.save()
    assert read_settings().mirror == "https://lab.example/weights"
    assert location(get_checkpoint(KEY)).parent == tmp_path / "chosen"


def test_settings_that_the_environment_decides_are_locked(gallery):
    dialog = dialogs.SettingsDialog(gallery)
    assert not dialog.folder.isEnabled()
    assert dialog.mirror.isEnabled()


def test_advisor_leads_to_the_gallery(gallery, monkeypatch):
    left = {key: method for key, method in methods().items() if key != "centermask2"}
    monkeypatch.setattr(advising, "methods", lambda: left)
    gallery.filters.search.setText("unicorn")
    gallery.advice_button.click()
    advisor = gallery.advisor
    advisor.answer()
    rows = [advisor.answers.item(row).text() for row in range(advisor.answers.count())]
    assert rows[0] == "Recommended by the evaluation"
    assert rows[1].startswith("Swin-S")
    there = rows.index("Not in this installation")
    of_rows = [advisor.answers.item(row).data(advising.CHECKPOINT) for row in range(len(rows))]
    assert all(one.method in left for one in of_rows[:there] if one is not None)
    assert of_rows[there + 1 :]
    assert not any(one.method in left for one in of_rows[there + 1 :])
    assert "h to train" not in advisor.answers.item(1).toolTip()
    choose(advisor.plan, "Yes, for a day at most")
    assert advisor.answers.item(1).text().startswith("Cellpose")
    advisor.tissue.setEditText("Kidney")
    assert "No model was trained on Kidney" in advisor.notes.text()
    advisor.show_button.click()
    assert gallery.table.checkpoint().key == "seggal-cellpose-cells-dual-all"
    choose(advisor.modality, "Phase contrast")
    assert not advisor.stains.isEnabled()
    assert advisor.tissue.findText("MCF7") > 0
    advisor.close()


def test_gui_thread_is_never_blocked(qtbot, gallery, served):
    """No beat of a 5 ms timer takes the GUI's thread 50 ms while a file is downloaded."""
    beats: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.thread_time()))
    gallery.table.choose(KEY)
    timer.start(5)
    gallery.details.fetch_button.click()
    qtbot.waitUntil(lambda: "Delete" in shown_buttons(gallery), timeout=TIMEOUT)
    gallery.filters.search.setText("swin")
    qtbot.wait(200)
    timer.stop()
    assert len(beats) > 10
    assert np.diff(beats).max() < 0.05
