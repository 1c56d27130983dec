"""The Cells tab in a real napari window, with segmentations of a real image."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy
from qtpy.QtCore import QPoint, QPointF, Qt

from napari_cellbench.morphology.shape import shape_features
from napari_cellbench.scoring.cell_pairs import cell_pairs, finding
from napari_cellbench.scoring.overlap import overlap
from napari_cellbench.scoring.strata import quantile_edges, strata
from napari_cellbench.widgets.compare.cells_tab.tab import HINT, NO_RESULT, NO_TRUTH, CellsTab
from napari_cellbench.widgets.compare.results import Results

from .compare_results import TIMEOUT, add_results, names_of, segmentations


@pytest.fixture
def open_tab(make_napari_viewer, qtbot, six_segmentations):
    """Return a function that opens a viewer with truth, results and the docked tab."""
    made: list[CellsTab] = []

    def open_(labels=None, truth=None, *, show=False) -> tuple[CellsTab, Results]:
        # As napari hands it to plugins.
        viewer, results = PublicOnlyProxy(make_napari_viewer(show=show)), Results()
        truth = six_segmentations["truth"] if truth is None else truth
        add_results(viewer, results, segmentations(six_segmentations) if labels is None else labels)
        results.set_truth(viewer.add_labels(truth.copy(), name="truth"))
        tab = CellsTab(viewer, results)
        viewer.window.add_dock_widget(tab, name="Cells")
        made.append(tab)
        return tab, results

    yield open_
    for tab in made:
        tab.close_tab()
        qtbot.waitUntil(lambda tab=tab: not tab.job.busy and not tab.mark_job.busy)


def answered(qtbot, tab: CellsTab) -> None:
    """Wait for the answer to what was asked last."""
    qtbot.waitUntil(
        lambda: tab.answer is not None and tab.answer.question is tab._asked and not tab.job.busy,
        timeout=TIMEOUT,
    )


def marked(qtbot, tab: CellsTab) -> np.ndarray:
    """Return the marks once they are drawn."""
    qtbot.waitUntil(lambda: tab.marks.layer is not None and not tab.mark_job.busy, timeout=TIMEOUT)
    qtbot.wait(20)
    return tab.marks.layer.data


def expected_pairs(truth, a, b):
    return cell_pairs(finding(overlap(truth, a)), finding(overlap(truth, b)))


def on_screen(tab: CellsTab, x: float, y: float) -> QPoint:
    plot = tab.form.scatter.plot
    return plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))


def test_numbers(qtbot, open_tab, six_segmentations):
    tab, _ = open_tab()
    answered(qtbot, tab)
    truth, names = six_segmentations["truth"], list(segmentations(six_segmentations))
    tab.form.b.setCurrentIndex(3)
    assert tab.form.b.currentText() == names[3]
    pairs = expected_pairs(truth, six_segmentations[names[0]], six_segmentations[names[3]])
    for kind in ("both", "only_a", "only_b", "neither"):
        assert tab.form.counts.buttons[kind].text() == f"{getattr(pairs, kind).sum()}"
    assert tab.form.counts.buttons["false_b"].text() == f"B: {len(pairs.b.false)}"
    x, y = tab.form.scatter.points.getData()
    np.testing.assert_allclose(x, pairs.a.best_iou)
    np.testing.assert_allclose(y, pairs.b.best_iou)


def test_number_shows_its_cells(qtbot, open_tab, six_segmentations):
    tab, _ = open_tab()
    answered(qtbot, tab)
    truth = six_segmentations["truth"]
    a, b = list(segmentations(six_segmentations).values())[:2]
    pairs = expected_pairs(truth, a, b)
    tab.form.counts.buttons["only_a"].click()
    np.testing.assert_array_equal(
        marked(qtbot, tab) > 0, np.isin(truth, pairs.a.truth_ids[pairs.only_a])
    )
    assert tab.form.scatter.marked == np.flatnonzero(pairs.only_a).tolist()
    assert f"({pairs.only_a.sum()})" in tab.form.marked.text()
    tab.form.counts.buttons["false_b"].click()
    qtbot.wait(100)
    np.testing.assert_array_equal(marked(qtbot, tab) > 0, np.isin(b, pairs.b.false))
    assert tab.form.scatter.marked == []
    tab.form.clear.click()
    assert "Picked cells" not in names_of(tab._viewer)
    assert tab.form.marked.text() == HINT


def test_click_on_a_point_goes_to_its_cell(qtbot, open_tab, six_segmentations):
    tab, _ = open_tab(show=True)
    answered(qtbot, tab)
    view = tab.form.scatter.plot.viewport()
    qtbot.waitUntil(lambda: view.isVisible() and view.width() > 100, timeout=TIMEOUT)
    x, y = (np.array(values) for values in tab.form.scatter.points.getData())
    # A point that has no other near it.
    distance = np.hypot(x[:, None] - x, y[:, None] - y) + 9 * np.eye(len(x))
    lonely = int(distance.min(axis=1).argmax())
    qtbot.mouseClick(
        view, Qt.MouseButton.LeftButton, pos=on_screen(tab, x[lonely], y[lonely]) + QPoint(2, 1)
    )
    assert tab.form.scatter.marked == [lonely]
    truth = six_segmentations["truth"]
    cell = truth == np.unique(truth)[lonely + 1]
    np.testing.assert_array_equal(marked(qtbot, tab) > 0, cell)
    rows, columns = np.nonzero(cell)
    centre = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
    qtbot.waitUntil(
        lambda: tab._viewer.scene.camera.center[-2:] == pytest.approx(centre), timeout=TIMEOUT
    )
    assert f"IoU {x[lonely]:.2f} in A, {y[lonely]:.2f} in B" in tab.form.marked.text()


def test_drawing_around_points(qtbot, open_tab):
    tab, _ = open_tab(show=True)
    answered(qtbot, tab)
    view = tab.form.scatter.plot.viewport()
    qtbot.waitUntil(lambda: view.isVisible() and view.width() > 100, timeout=TIMEOUT)
    corners = [(-0.02, -0.02), (0.45, -0.02), (0.45, 0.45), (-0.02, 0.45)]
    path = [on_screen(tab, *corner) for corner in corners]
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=path[0])
    for position in path[1:]:
        qtbot.mouseMove(view, position)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=path[-1])
    x, y = (np.array(values) for values in tab.form.scatter.points.getData())
    inside = np.flatnonzero((x < 0.44) & (y < 0.44)).tolist()
    around = np.flatnonzero((x < 0.46) & (y < 0.46)).tolist()
    assert len(inside) > 3
    assert set(inside) <= set(tab.form.scatter.marked) <= set(around)
    marked(qtbot, tab)


def test_click_on_a_cell_marks_its_point(qtbot, open_tab, six_segmentations):
    tab, _ = open_tab(show=True)
    answered(qtbot, tab)
    qtbot.waitUntil(tab.isVisible, timeout=TIMEOUT)
    truth = six_segmentations["truth"]
    number = 7
    row, column = np.argwhere(truth == np.unique(truth)[number + 1])[5]
    for callback in tab._viewer.mouse_drag_callbacks:
        callback(tab._viewer, SimpleNamespace(position=(row, column), button=1))
    assert tab.form.scatter.marked == [number]
    assert f"True cell {np.unique(truth)[number + 1]}:" in tab.form.marked.text()
    row, column = np.argwhere(truth == 0)[0]
    for callback in tab._viewer.mouse_drag_callbacks:
        callback(tab._viewer, SimpleNamespace(position=(row, column), button=1))
    assert tab.form.scatter.marked == []


@pytest.mark.parametrize("figure", ["recall", "precision"])
@pytest.mark.parametrize("name", ["size", "elongation", "convexity"])
def test_bars(qtbot, open_tab, six_segmentations, figure, name):
    labels = dict(list(segmentations(six_segmentations).items())[:2])
    tab, _ = open_tab(labels)
    answered(qtbot, tab)
    bars = tab.form.bars
    bars.figure.setCurrentIndex(bars.figure.findData(figure))
    bars.property.setCurrentIndex(bars.property.findData(name))
    truth = six_segmentations["truth"]
    values = shape_features(truth)[name]
    edges = quantile_edges(values, 4)
    drawn = [item for item in bars.plot.getPlotItem().items if hasattr(item, "opts")]
    heights = [
        item.opts["height"] for item in drawn if "height" in item.opts and "top" not in item.opts
    ]
    for height, image in zip(heights, labels.values(), strict=True):
        found = finding(overlap(truth, image))
        made = strata(values, found.found, shape_features(image)[name], found.right, edges)
        np.testing.assert_allclose(height, getattr(made, figure).value)
    for label in labels:
        assert label in bars.legend.text()
    # The right half of a bin's bars are the second result's.
    share = getattr(made, figure)
    assert bars._describe(2.1) == (
        f"{list(labels)[1]}, {edges[2]:.3g} – {edges[3]:.3g}: {share.value[2]:.2f} "
        f"({share.right[2]} of {share.total[2]}; {share.low[2]:.2f} to {share.high[2]:.2f})"
    )
    assert "intervals" in bars._describe(2.45)


def test_edits_are_followed(qtbot, open_tab, six_segmentations):
    tab, results = open_tab()
    answered(qtbot, tab)
    truth, first = results.truth, results.done()[0].layer
    first.data = truth.data.copy()
    n = len(np.unique(truth.data)) - 1
    qtbot.waitUntil(lambda: tab.answer.findings[0].found.all(), timeout=TIMEOUT)
    answered(qtbot, tab)
    qtbot.waitUntil(lambda: tab.form.counts.buttons["only_b"].text() == "0", timeout=TIMEOUT)
    assert not tab.form.counts.buttons["only_b"].isEnabled()
    assert len(tab.form.scatter.points.getData()[0]) == n


def test_what_is_missing(qtbot, open_tab, six_segmentations):
    tab, results = open_tab({})
    assert tab.form.pages.text.text() == NO_RESULT
    add_results(tab._viewer, results, {"Otsu": six_segmentations["Otsu and watershed"]})
    qtbot.waitUntil(lambda: tab.answer is not None, timeout=TIMEOUT)
    # One result stands on both sides.
    assert tab.form.a.currentText() == tab.form.b.currentText() == "Otsu"
    tab.form.counts.buttons["both"].click()
    marked(qtbot, tab)
    tab._viewer.layers.remove("truth")
    qtbot.waitUntil(lambda: tab.form.pages.text.text() == NO_TRUTH, timeout=TIMEOUT)
    assert names_of(tab._viewer) == ["Otsu"]


def test_truth_of_another_size(qtbot, open_tab, six_segmentations):
    tab, _ = open_tab(truth=six_segmentations["truth"][:100])
    text = tab.form.pages.text.text()
    assert "truth, is 100 x 512 pixels" in text
    assert "512 x 512" in text


def test_choice_survives_other_results(qtbot, open_tab, six_segmentations):
    tab, results = open_tab()
    answered(qtbot, tab)
    tab.form.a.setCurrentIndex(4)
    chosen = tab.form.a.currentText()
    tab._viewer.layers.remove(results.done()[0].layer)
    qtbot.waitUntil(lambda: tab.form.a.count() == 5, timeout=TIMEOUT)
    assert tab.form.a.currentText() == chosen


def test_empty_result_and_truth(qtbot, open_tab, six_segmentations):
    empty = np.zeros_like(six_segmentations["truth"])
    tab, results = open_tab({"nothing": empty, "Li": six_segmentations["Li and watershed"]})
    answered(qtbot, tab)
    assert tab.form.counts.buttons["both"].text() == "0"
    results.truth.data = empty
    qtbot.waitUntil(lambda: not len(tab.answer.truth["label"]), timeout=TIMEOUT)
    answered(qtbot, tab)
    assert tab.form.counts.buttons["only_b"].text() == "0"


def test_closing_leaves_nothing_behind(qtbot, open_tab):
    tab, _ = open_tab()
    answered(qtbot, tab)
    tab.form.counts.buttons["both"].click()
    marked(qtbot, tab)
    before = [name for name in names_of(tab._viewer) if name != "Picked cells"]
    tab.close_tab()
    tab.close_tab()
    assert names_of(tab._viewer) == before
    assert tab._pressed not in tab._viewer.mouse_drag_callbacks
