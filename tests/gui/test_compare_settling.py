"""Which result is right at a disputed place: its cells go into the layer that is corrected."""

from __future__ import annotations

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt

from napari_cellbench.widgets.compare.agreement_tab.tab import AgreementTab
from napari_cellbench.widgets.compare.cells_tab.tab import CellsTab
from napari_cellbench.widgets.compare.results import Results
from napari_cellbench.widgets.correct.widget import CorrectWidget

from .compare_results import add_results

TIMEOUT = 60_000


@pytest.fixture
def labels():
    """Results of three cells, of which the first two are one in B, and the third is C's alone."""
    a = np.zeros((60, 80), np.int32)
    a[10:30, 10:20], a[10:30, 20:30] = 1, 2
    b = np.where(a > 0, 9, 0)
    c = a.copy()
    c[40:50, 50:60] = 3
    small = np.zeros_like(a)
    small[18:22, 13:17] = 5
    return {"A": a, "B": b, "C": c, "small": small}


@pytest.fixture
def open_tab(make_napari_viewer, qtbot, labels):
    """Return a function that opens a viewer with results and one of Compare's tabs."""
    made, panels = [], []

    def open_(kind, *, truth=None, correct=None):
        raw = make_napari_viewer(show=True)
        # As napari hands it to plugins.
        viewer, results = PublicOnlyProxy(raw), Results()
        add_results(viewer, results, labels, metadata={"cellbench": {"method": "x", "scores": [1]}})
        if truth is not None:
            results.set_truth(viewer.add_labels(truth, name="truth"))
        if correct is not None:
            raw.add_labels(correct, name="mine")
            panel = CorrectWidget(raw)
            raw.window.add_dock_widget(panel, name="Correct (CellBench)")
            panel.form.labels.choose(raw.layers["mine"])
            panels.append(panel)
        tab = kind(viewer, results)
        raw.window.add_dock_widget(tab, name="tab")
        made.append(tab)
        answered(qtbot, tab)
        return tab, raw

    yield open_
    for tab in made:
        tab.close_tab()
        jobs = [tab.job, *([tab.mark_job] if hasattr(tab, "mark_job") else [])]
        qtbot.waitUntil(lambda jobs=jobs: not any(job.busy for job in jobs), timeout=TIMEOUT)
    for panel in panels:
        panel.closing()
        panel.prompts.thread_.join(30)


def answered(qtbot, tab):
    qtbot.waitUntil(
        lambda: tab.answer is not None and tab.answer.question is tab._asked and not tab.job.busy,
        timeout=TIMEOUT,
    )


def right(qtbot, tab, box, name):
    """Say that a result is right at the place with this box."""
    places = tab.form.places
    (row,) = (k for k, place in enumerate(places.model.places) if place.box == box)
    places.table.selectRow(row)
    places.winner.setCurrentText(name)
    qtbot.mouseClick(places.right_button, Qt.MouseButton.LeftButton)


FIRST, THIRD = (10, 10, 30, 30), (40, 50, 50, 60)


def test_into_the_layer_of_the_correct_panel(qtbot, open_tab, labels):
    mine = labels["C"].copy()
    tab, viewer = open_tab(AgreementTab, correct=mine)
    assert not tab.form.places.right_button.isEnabled(), "no place is chosen"
    right(qtbot, tab, FIRST, "B")
    layer = viewer.layers["mine"]
    assert len(np.unique(layer.data[labels["B"] == 9])) == 1
    np.testing.assert_array_equal(layer.data == 3, labels["C"] == 3)
    layer.undo()
    np.testing.assert_array_equal(layer.data, labels["C"])
    right(qtbot, tab, FIRST, "small")
    np.testing.assert_array_equal(layer.data[:35] > 0, labels["small"][:35] > 0)
    layer.undo()
    right(qtbot, tab, THIRD, "A")
    np.testing.assert_array_equal(layer.data, labels["A"])
    for name in "ABC":
        np.testing.assert_array_equal(viewer.layers[name].data, labels[name])


def test_into_a_copy_of_the_one_that_is_right(qtbot, open_tab, labels):
    tab, viewer = open_tab(AgreementTab)
    right(qtbot, tab, FIRST, "B")
    layer = viewer.layers["B · corrected"]
    np.testing.assert_array_equal(layer.data, labels["B"])
    record = layer.metadata["cellbench"]
    assert (record["method"], record["corrected_from"]) == ("x", "B")
    assert "scores" not in record
    right(qtbot, tab, THIRD, "C")
    assert [one.name for one in viewer.layers if "corrected" in one.name] == [layer.name]
    np.testing.assert_array_equal(layer.data > 0, labels["C"] > 0)
    layer.undo()
    np.testing.assert_array_equal(layer.data, labels["B"])


def test_what_is_as_it_is_is_said(qtbot, open_tab, labels):
    tab, viewer = open_tab(AgreementTab, correct=labels["C"].copy())
    before = len(notification_manager.records)
    right(qtbot, tab, THIRD, "C")
    said = [record.message for record in notification_manager.records[before:]]
    assert any("the same here already" in text for text in said)
    np.testing.assert_array_equal(viewer.layers["mine"].data, labels["C"])


def test_true_cells_that_are_marked(qtbot, open_tab, labels):
    tab, viewer = open_tab(CellsTab, truth=labels["C"].copy(), correct=labels["small"].copy())
    form = tab.form
    assert not form.a_right.isEnabled()
    assert form.b.currentText() == "B"
    tab.pick([1])
    form.b.setCurrentText("C")
    tab.pick([1])
    layer = viewer.layers["mine"]
    qtbot.mouseClick(form.b_right, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(layer.data[labels["C"] == 2] > 0, True)
    assert (layer.data > 0).sum() == (labels["C"] == 2).sum() + (labels["small"] > 0).sum()
    tab.pick([2])
    qtbot.mouseClick(form.b_right, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(
        layer.data > 0, np.isin(labels["C"], (2, 3)) | (labels["small"] > 0)
    )
    qtbot.mouseClick(form.a_right, Qt.MouseButton.LeftButton)
    assert not layer.data[labels["C"] == 3].any(), "A has no cell there"
    tab.clear_marks()
    assert not form.a_right.isEnabled()
    tab.show_cells("false_b")
    assert not form.b_right.isEnabled(), "what isn't in the truth has no place of it"
