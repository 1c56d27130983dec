"""Methods that lack a package, and methods that run in another environment."""

import sys
from pathlib import Path

import pytest
from qtpy.QtCore import Qt

from napari_cellbench.engine.environments import python_of, set_python
from napari_cellbench.engine.needs import needs
from napari_cellbench.methods import get_method, methods
from napari_cellbench.widgets.method.environment_dialog import EnvironmentDialog
from napari_cellbench.widgets.method.method_box import GREY
from napari_cellbench.widgets.two_lines import SUBTITLE

from .conftest import choose_method, labels_of

TIMEOUT = 120_000


@pytest.fixture(autouse=True)
def _own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path))


@pytest.fixture
def lacking(monkeypatch):
    """Let the watershed need a package that is not installed."""
    monkeypatch.setattr(type(get_method("watershed")), "requires", ("no_such_package",))


def colour(widget, key):
    """Return the colour in which a method is listed; None for that of any text."""
    return widget.form.method.itemData(
        widget.form.method.findData(key), Qt.ItemDataRole.ForegroundRole
    )


def dialog_of(qtbot, widget) -> EnvironmentDialog:
    """Press Environment… and return the dialog."""
    qtbot.mouseClick(widget.form.environment_button, Qt.MouseButton.LeftButton)
    return widget.form.environment_button.findChildren(EnvironmentDialog)[-1]


def accept(dialog, text):
    dialog.path.setText(text)
    dialog.buttons.button(dialog.buttons.StandardButton.Ok).click()


def test_method_without_its_package_is_grey_and_says_what_to_install(lacking, make_widget, blobs):
    widget = make_widget(blobs)
    command = "pip install no_such_package"
    assert colour(widget, "watershed") == GREY
    assert colour(widget, "stardist") is None
    item = widget.form.method.findData("watershed")
    assert command in widget.form.method.itemData(item, Qt.ItemDataRole.ToolTipRole)
    assert widget.form.method.itemData(item, SUBTITLE).startswith("Not installed · ")
    assert command in widget.form.about.text()
    assert not widget.runs.run_button.isEnabled()
    choose_method(widget, "stardist")
    assert command not in widget.form.about.text()


@pytest.mark.parametrize("gpu", [True, False])
def test_list_says_what_each_method_needs_here(gpu, monkeypatch, make_widget, blobs):
    monkeypatch.setattr("napari_cellbench.engine.needs.has_gpu", lambda: gpu)
    widget = make_widget(blobs)
    box = widget.form.method
    for method in methods().values():
        line, found = box.itemData(box.findData(method.key), SUBTITLE), needs(method)
        assert all(caution in line for caution in found.cautions)
        assert ("slow without a GPU" in line) is (method.gpu == "slow without" and not gpu)
        assert found.installed == "installed" or found.to_install.lower() in line.lower()
    choose_method(widget, "cellpose_sam")
    about = widget.form.about.text()
    assert ("low without a GPU" in about) is not gpu
    assert "eights for research only" in about


def test_environment_is_tried_set_and_taken_back(qtbot, lacking, make_widget, blobs):
    widget = make_widget(blobs)
    dialog = dialog_of(qtbot, widget)
    accept(dialog, "no/such/python")
    qtbot.waitUntil(lambda: "There is no interpreter" in dialog.status.text(), timeout=TIMEOUT)
    assert not widget.runs.run_button.isEnabled()
    with qtbot.waitSignal(dialog.accepted, timeout=TIMEOUT):
        accept(dialog, sys.executable)
    assert python_of("watershed") == Path(sys.executable)
    assert f"Runs in {sys.executable}" in widget.form.about.text()
    assert colour(widget, "watershed") is None
    assert widget.runs.run_button.isEnabled()

    dialog = dialog_of(qtbot, widget)
    with qtbot.waitSignal(dialog.accepted, timeout=TIMEOUT):
        accept(dialog, "")
    assert python_of("watershed") is None
    assert not widget.runs.run_button.isEnabled()


def test_run_in_another_environment(qtbot, make_widget, engine, blobs):
    set_python("watershed", Path(sys.executable))
    widget = make_widget(blobs)
    widget.runs.run_button.click()
    qtbot.waitUntil(lambda: widget.current_run is None, timeout=TIMEOUT)
    assert labels_of(widget)[0].data.max() == 5
    assert list(engine._processes)[-1] == Path(sys.executable)
