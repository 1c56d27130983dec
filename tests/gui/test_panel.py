"""All panels: tabs of one dock, one of each kind, on a small screen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from napari._app_model import get_app_model
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QComboBox, QGroupBox, QLabel, QPushButton, QWidget

from napari_cellbench.data.samples import open_demo
from napari_cellbench.widgets.choices import ChoiceBox
from napari_cellbench.widgets.docks import open_panel
from napari_cellbench.widgets.panel import LOWEST, NARROWEST, dock_of
from napari_cellbench.widgets.score.widget import ScoreWidget
from napari_cellbench.widgets.segment.widget import SegmentWidget

from .walk import cut_off, too_wide, unexplained

PANELS = ("Segment", "Gallery", "Compare", "Adjust", "Correct", "Score", "Benchmark", "Train")


@pytest.fixture
def window(qtbot, make_napari_viewer):
    """A real window of 1280 x 800 with an image, its truth and 25 layers with long names."""
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    for data, options, kind in open_demo():
        getattr(viewer, f"add_{kind}")(data, **options)
    image = viewer.layers[0].data
    for number in range(25):
        name = f"2026-11-27 plate 3, well B07, field {number}, a name that goes on and on and on"
        viewer.add_image(image, name=name, visible=False)
    return viewer.window


def from_menu(window, name):
    """Open a panel that isn't open yet with napari's menu."""
    choose_in_menu(name.lower())
    dock = window._wrapped_dock_widgets[f"{name} (CellBench)"]
    return dock, dock.inner_widget()


def choose_in_menu(name):
    """Do what an entry of napari's menu does."""
    get_app_model().commands.execute_command(f"napari-cellbench.{name}").result()
    # Some of it is done once the event of the menu is.
    for _ in range(5):
        QApplication.processEvents()


def test_all_are_tabs_of_one_dock(window):
    docks = [from_menu(window, name)[0] for name in PANELS]
    assert {*window._qt_window.tabifiedDockWidgets(docks[0]), docks[0]} == set(docks)
    assert [dock.windowTitle() for dock in docks] == list(PANELS)
    assert window._qt_window.height() == 800
    assert window._qt_window.width() == 1280


@pytest.mark.parametrize("name", PANELS)
def test_panel_asks_for_no_more_room_than_a_small_screen_has(window, name):
    dock, panel = from_menu(window, name)
    least = dock.minimumSizeHint()
    assert least.width() <= NARROWEST
    assert least.height() <= LOWEST + 50
    assert panel.width() <= 0.5 * 1280
    window._qt_window.resizeDocks([dock], [NARROWEST], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    assert dock.width() <= NARROWEST + 10


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(NARROWEST, 600), (NARROWEST, 800), (500, 800)])
def test_nothing_is_cut_off_and_all_is_explained(qtbot, window, theme, width, height):
    """In every panel, with 25 layers of long names."""
    window._qt_viewer.viewer.theme = theme
    window._qt_window.resize(1280, height)
    found = []
    for name in PANELS:
        dock, panel = from_menu(window, name)
        window._qt_window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)
        qtbot.waitUntil(lambda dock=dock: dock.width() <= width + 10)
        qtbot.wait(100)
        told = [*too_wide(panel), *cut_off(panel), *unexplained(panel)]
        found += [f"{name}: {one}" for one in told]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [NARROWEST, 500])
def test_nothing_is_cut_off_in_the_tabs_of_compare(qtbot, window, width):
    dock, panel = from_menu(window, "Compare")
    window._qt_window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: dock.width() <= width + 10)
    found = []
    for number in range(panel.tabs.count()):
        panel.tabs.setCurrentIndex(number)
        qtbot.wait(100)
        told = [*too_wide(panel), *cut_off(panel), *unexplained(panel)]
        found += [f"{panel.tabs.tabText(number)}: {one}" for one in told]
    assert not found, "\n".join(found)


def test_nothing_is_cut_off_where_the_screen_is_scaled():
    """By half as much again, as on many laptops."""
    script = Path(__file__).with_name("walk.py")
    done = subprocess.run(
        [sys.executable, "-m", f"tests.gui.{script.stem}"],
        cwd=script.parents[2],
        env={**os.environ, "QT_SCALE_FACTOR": "1.5"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "8 panels\n", done.stdout + done.stderr


def test_walk_finds_what_is_cut_off_and_unexplained(qtbot):
    """The walk itself, on widgets that are as they must not be."""
    page = QWidget()
    label, wrapped = QLabel("A text that is far too long"), QLabel("Several words that are wrapped")
    wrapped.setWordWrap(True)
    save, box, group = QPushButton("Save everything"), QComboBox(), QGroupBox("A group of things")
    box.setAccessibleName("Choice")
    for i, one in enumerate((label, wrapped, save, box, group)):
        one.setParent(page)
        one.setGeometry(0, 20 * i, 30, 12)
    page.resize(200, 200)
    qtbot.addWidget(page)
    page.show()
    assert {text.partition(" ")[0] for text in cut_off(page)} == {
        "QLabel",
        "QPushButton",
        "QGroupBox",
    }
    assert unexplained(page) == [
        "QPushButton 'Save everything' in QWidget: no tooltip",
        "QComboBox '' in QWidget: no tooltip",
    ]
    save.setToolTip("Write all of it")
    box.setToolTip("Which")
    box.setAccessibleName("")
    assert unexplained(page) == ["QComboBox '' in QWidget: no accessible name"]


def test_box_of_choices_tells_the_whole_text_where_it_is_cut(qtbot):
    box = ChoiceBox("What is scored")
    box.addItems(["A name that goes on and on and on, and on", "short"])
    qtbot.addWidget(box)
    box.resize(120, 24)
    assert box.explanation() == "A name that goes on and on and on, and on\nWhat is scored"
    box.setCurrentIndex(1)
    assert box.explanation() == "What is scored"


def test_there_is_one_of_each_however_it_is_opened(qtbot, window):
    viewer = window._qt_viewer.viewer
    score = open_panel(viewer, ScoreWidget, "Score")
    assert open_panel(viewer, ScoreWidget, "Score") is score
    dock_of(score).hide()
    choose_in_menu("score")
    assert [one for one in window.dock_widgets.values() if isinstance(one, ScoreWidget)] == [score]
    assert dock_of(score).isVisible()


def test_menu_brings_a_panel_behind_another_forward(window):
    """Only the panel in front is hidden by its entry, as napari does."""
    segment, _ = from_menu(window, "Segment")
    score, _ = from_menu(window, "Score")
    assert not score.visibleRegion().isEmpty()
    choose_in_menu("segment")
    assert not segment.visibleRegion().isEmpty()
    choose_in_menu("segment")
    assert segment.isHidden()


def test_panel_of_the_menu_is_found(window):
    _, segment = from_menu(window, "Segment")
    assert open_panel(window._qt_viewer.viewer, SegmentWidget, "Segment") is segment
