"""The Benchmark widget in a real napari window: from a number to its cells."""

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_cellbench.benchmark.store import Store
from napari_cellbench.widgets.benchmark.points import F1
from napari_cellbench.widgets.benchmark.widget import BenchmarkWidget

from ..benchmark.tables_of import evaluated_folder, row

TIMEOUT = 30_000


@pytest.fixture
def folder(tmp_path):
    return evaluated_folder(tmp_path)


@pytest.fixture
def panel(qtbot, make_napari_viewer, folder) -> BenchmarkWidget:
    _, widget = make_napari_viewer().window.add_plugin_dock_widget("napari-cellbench", "Benchmark")
    widget.open(folder)
    qtbot.waitUntil(lambda: bool(widget.methods.shown()), timeout=TIMEOUT)
    return widget


def click(qtbot, table, at):
    index = table.model().index(at, 0)
    place = table.visualRect(index).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_two_clicks_lead_from_a_number_to_its_cells(qtbot, panel):
    assert [one["method"] for one in panel.methods.shown()] == ["watershed", "stardist <b>"]
    click(qtbot, panel.methods, 1)
    shown = panel.images.shown()
    assert len(shown) == 5
    accuracies = [one["task_accuracy"] for one in shown]
    assert accuracies == sorted(accuracies)
    click(qtbot, panel.images, 0)
    qtbot.waitUntil(lambda: bool(panel.cells.shown()), timeout=TIMEOUT)
    layers = panel.viewer.layers
    assert len(layers) == 4
    truth, found = layers[1].data, layers[2].data
    assert truth.max() == 4
    assert np.array_equal(np.unique(found), np.unique(truth))
    assert layers[3].name == "Error map"
    assert len(panel.cells.shown()) == 4


def test_a_click_on_a_cell_goes_to_it(qtbot, panel):
    panel.show_image(panel.report.experiments[0].rows.row(0, named=True))
    qtbot.waitUntil(lambda: bool(panel.cells.shown()), timeout=TIMEOUT)
    click(qtbot, panel.cells, 2)
    cell = panel.cells.shown()[2]
    centre = panel.viewer.scene.camera.center[-2:]
    assert centre == pytest.approx((cell["y"], cell["x"]))


def test_a_click_on_a_point_opens_its_image_and_the_next_replaces_it(qtbot, panel):
    for scatter in panel.plot.points:
        point = scatter.points()[2]
        scatter.sigClicked.emit(scatter, [point], None)
        name = point.data()["image"]
        qtbot.waitUntil(lambda name=name: name in panel.cells_title.text(), timeout=TIMEOUT)
        qtbot.waitUntil(lambda: "Cells of" in panel.cells_title.text(), timeout=TIMEOUT)
        assert len(panel.viewer.layers) == 4
        assert panel.viewer.layers[0].name.startswith(name)


def test_columns_sort(qtbot, panel):
    column = next(i for i, c in enumerate(panel.methods.model_.columns) if c.key == "f1_micro")
    panel.methods.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    values = [one["f1_micro"] for one in panel.methods.shown()]
    assert values == sorted(values)


def test_figures_have_a_curve_for_each_method(panel):
    panel.plot.figure.setCurrentIndex(panel.plot.figure.findData(F1))
    curves = panel.plot.plot.listDataItems()
    assert [curve.name() for curve in curves] == ["watershed", "stardist <b>"]
    assert len(curves[0].getData()[0]) == 10


def test_what_ends_meanwhile_is_shown(qtbot, panel, folder):
    with Store(folder) as store:
        store.add({"image": row("new", "watershed", data_set="other set")})
    panel.timer.timeout.emit()
    qtbot.waitUntil(lambda: panel.experiment.count() == 2, timeout=TIMEOUT)
    # What was shown stays so.
    assert panel.experiment.currentText() == "set, nucleus"
    panel.experiment.setCurrentIndex(1)
    assert [one["method"] for one in panel.methods.shown()] == ["watershed"]


def test_a_folder_without_an_evaluation_is_said(qtbot, make_napari_viewer, tmp_path):
    _, widget = make_napari_viewer().window.add_plugin_dock_widget("napari-cellbench", "Benchmark")
    widget.open(tmp_path)
    qtbot.waitUntil(lambda: "no evaluation" in widget.state.text(), timeout=TIMEOUT)
