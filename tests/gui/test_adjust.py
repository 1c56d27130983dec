"""The Adjust widget in a real napari window."""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from napari.layers import Labels
from napari.utils.theme import get_theme
from qtpy.QtCore import QThreadPool
from scipy.ndimage import binary_dilation
from skimage.draw import disk
from skimage.segmentation import expand_labels

from napari_cellbench.data import Instances
from napari_cellbench.morphology.iterations import dilate, dilate_masks
from napari_cellbench.scoring import score
from napari_cellbench.scoring.overlap import overlap
from napari_cellbench.scoring.paper import best_ious, mean_best_iou
from napari_cellbench.widgets.adjust import preview as module
from napari_cellbench.widgets.adjust.order import Adjusted
from napari_cellbench.widgets.adjust.preview import PREVIEW
from napari_cellbench.widgets.adjust.widget import PAUSE, AdjustWidget
from napari_cellbench.widgets.jobs.latest import LatestJob, Report

TIMEOUT = 60_000


@pytest.fixture
def nuclei() -> np.ndarray:
    """Three disks of radius 6, two of them touching, one at the edge, and a dumbbell."""
    labels = np.zeros((80, 96), np.int32)
    for label, centre in ((1, (20, 20)), (2, (20, 32)), (5, (0, 70))):
        rows, columns = disk(centre, 7, shape=labels.shape)
        labels[rows, columns] = label
    labels[50:60, 20:30] = labels[50:58, 40:48] = 9
    labels[54:56, 28:42] = 9
    return labels


@pytest.fixture
def open_adjust(make_napari_viewer: Any) -> Iterator[Callable[..., AdjustWidget]]:
    """Return a function that opens a viewer with labels and the docked widget."""
    made: list[AdjustWidget] = []

    def make(labels: Any, truth: Any = None, **options: Any) -> AdjustWidget:
        viewer = make_napari_viewer()
        if truth is not None:
            own = {"truth": True, "sample": "a", "target": "whole_cell"}
            viewer.add_labels(truth, name="truth", metadata={"cellbench": own}, **options)
        own = {"sample": "a", "target": "nucleus", "group": "skin", "method": "watershed"}
        viewer.add_labels(labels, name="nuclei", metadata={"cellbench": own}, **options)
        _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Adjust")
        made.append(widget)
        return widget

    yield make
    for widget in made:
        widget.closing()


def viewer_of(widget: AdjustWidget) -> Any:
    """Return napari's viewer itself: plugins get a proxy, which hands out proxies of layers."""
    return widget.viewer.__wrapped__


def settle(qtbot: Any, widget: AdjustWidget) -> None:
    """Wait until nothing is computed and nothing waits."""
    qtbot.wait(20)
    qtbot.waitUntil(lambda: not (widget.job.busy or widget._later.isActive()), timeout=TIMEOUT)


def preview(qtbot: Any, widget: AdjustWidget, distance: float) -> np.ndarray:
    """Move the slider and return what the preview shows."""
    widget.form.distance.slider.setValue(distance)
    settle(qtbot, widget)
    return viewer_of(widget).layers[PREVIEW].data


def choose(box: Any, key: Any) -> None:
    box.setCurrentIndex(box.findData(key))


@pytest.mark.parametrize("distance", [1, 2.5, 7])
def test_preview_is_expand_labels(qtbot, open_adjust, nuclei, distance):
    widget = open_adjust(nuclei.copy())
    np.testing.assert_array_equal(preview(qtbot, widget, distance), expand_labels(nuclei, distance))
    np.testing.assert_array_equal(viewer_of(widget).layers["nuclei"].data, nuclei)
    assert "4</b> cells, none lost" in widget.form.cells.text()


def test_quick_ticks_are_shown_at_once_and_in_order(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei)
    settle(qtbot, widget)
    shown, running = [], []
    widget.job.delivered.connect(shown.append)
    pool = QThreadPool.globalInstance()
    for distance in np.linspace(0.5, 9, 30):
        widget.form.distance.slider.setValue(distance)
        running.append(pool.activeThreadCount())
    settle(qtbot, widget)
    assert max(running) <= 1
    distances = [result.order.distance for result in shown if isinstance(result, Adjusted)]
    assert distances == sorted(distances)
    assert distances[-1] == 9
    np.testing.assert_array_equal(viewer_of(widget).layers[PREVIEW].data, expand_labels(nuclei, 9))


def test_latest_job_wins_and_slow_ones_keep_nobody_waiting(qtbot):
    job, started, may_end = LatestJob(), threading.Event(), threading.Event()
    shown = []
    job.delivered.connect(shown.append)

    def slow(report: Report) -> None:
        started.set()
        may_end.wait(5)
        report("slow")

    before = time.monotonic()
    job.submit(slow, patience=0.05)
    assert started.is_set()
    assert time.monotonic() - before < 1
    for number in range(5):
        job.submit(lambda report, number=number: report(number))
    assert job.waiting
    may_end.set()
    qtbot.waitUntil(lambda: not job.busy)
    assert shown == ["slow", 4]


def test_patience_delivers_before_the_event_loop_comes_round(qtbot):
    job, shown = LatestJob(), []
    job.delivered.connect(shown.append)
    job.submit(lambda report: report("quick"), patience=5)
    assert shown == ["quick"]
    qtbot.waitUntil(lambda: not job.busy)
    assert shown == ["quick"]


def test_apply_makes_a_layer_with_its_provenance(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei, scale=(0.5, 0.5), units=("micrometer",) * 2, translate=(3, 4))
    shown = preview(qtbot, widget, 3).copy()
    widget.form.apply_button.click()
    settle(qtbot, widget)
    layers = viewer_of(widget).layers
    layer = layers[-1]
    np.testing.assert_array_equal(layer.data, shown)
    np.testing.assert_array_equal(layer.scale, (0.5, 0.5))
    np.testing.assert_array_equal(layer.translate, (3, 4))
    record = layer.metadata["cellbench"]
    assert (record["source"], record["sample"], record["target"]) == ("nuclei", "a", "nucleus")
    assert (record["distance_px"], record["distance_um"]) == (3.0, 1.5)
    assert (record["way"], record["parts"], record["lost"]) == ("distance", None, 0)
    assert record["source_record"]["method"] == "watershed"
    assert record["truth"] is False
    assert PREVIEW not in layers
    assert widget.form.distance.value() == 0
    assert layer.name in widget.form.status.text()


def test_reset_returns_to_the_original(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei)
    source = viewer_of(widget).layers["nuclei"]
    preview(qtbot, widget, 4)
    assert source.contour == 1
    widget.form.reset_button.click()
    settle(qtbot, widget)
    assert [layer.name for layer in viewer_of(widget).layers] == ["nuclei"]
    assert (source.visible, source.contour, widget.form.distance.value()) == (True, 0, 0)


def test_micrometres(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei, scale=(0.5, 0.5), units=("micrometer",) * 2)
    distance = widget.form.distance
    assert distance.micrometres.isVisibleTo(widget)
    distance.micrometres.setValue(2)
    assert distance.value() == 4
    settle(qtbot, widget)
    expected = expand_labels(nuclei, 4)
    np.testing.assert_array_equal(viewer_of(widget).layers[PREVIEW].data, expected)
    distance.xenium.click()
    assert (distance.value(), distance.slider.value(), distance.reach) == (30, 30, 30)
    assert distance.micrometres.value() == 15


def test_micrometres_are_hidden_where_unknown(open_adjust, nuclei):
    distance = open_adjust(nuclei).form.distance
    assert not distance.micrometres.isVisibleTo(distance)
    assert distance.reach == 20


def test_mask_bounds_growth(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei)
    tissue = np.zeros_like(nuclei)
    tissue[:30] = 1
    widget.form.mask.choose(viewer_of(widget).add_labels(tissue, name="tissue"))
    free = expand_labels(nuclei, 6)
    shown = preview(qtbot, widget, 6)
    np.testing.assert_array_equal(shown, np.where((tissue > 0) | (nuclei > 0), free, 0))
    choose(widget.form.side, True)
    settle(qtbot, widget)
    shown = viewer_of(widget).layers[PREVIEW].data
    np.testing.assert_array_equal(shown, np.where((tissue == 0) | (nuclei > 0), free, 0))


def test_mask_of_another_size_is_said_and_mended(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei)
    preview(qtbot, widget, 2)
    widget.form.mask.choose(viewer_of(widget).add_labels(nuclei[:40], name="tissue"))
    settle(qtbot, widget)
    assert "The mask is 40 x 96" in widget.form.status.text()
    assert PREVIEW not in viewer_of(widget).layers
    widget.form.mask.choose(None)
    settle(qtbot, widget)
    np.testing.assert_array_equal(viewer_of(widget).layers[PREVIEW].data, expand_labels(nuclei, 2))


@pytest.mark.parametrize(
    ("parts", "cells", "lost"),
    [("all", 1, 3), ("largest", 1, 3), ("relabel", 2, 3), ("seed", 4, 0)],
)
@pytest.mark.parametrize("way", ["distance", "iterations"])
def test_erosion_of_a_dumbbell(qtbot, open_adjust, nuclei, parts, cells, lost, way):
    small = nuclei.copy()
    small[np.isin(small, (1, 2, 5))] = 0
    for label, at in ((1, 5), (2, 30), (5, 60)):
        small[5:8, at : at + 3] = label
    widget = open_adjust(small)
    choose(widget.form.parts, parts)
    choose(widget.form.way, way)
    shown = preview(qtbot, widget, -2)
    assert len(np.unique(shown)) - 1 == cells
    assert f"{cells}</b> cell" in widget.form.cells.text()
    assert (f"{lost}</b> lost" if lost else "none lost") in widget.form.cells.text()
    left, right = shown[54, 25], shown[54, 44]
    assert left == 9
    assert (right == 9) == (parts == "all")
    assert (right > 9) == (parts == "relabel")


def test_iterations_are_scipys_and_whole(qtbot, open_adjust, nuclei):
    alone = np.where(nuclei == 9, 9, 0)
    widget = open_adjust(alone)
    choose(widget.form.way, "iterations")
    shown = preview(qtbot, widget, 3.4)
    assert widget.form.distance.value() == 3
    np.testing.assert_array_equal(shown > 0, binary_dilation(alone > 0, iterations=3))


def test_score_follows_the_slider(qtbot, open_adjust, nuclei):
    truth = expand_labels(nuclei, 4)
    widget = open_adjust(nuclei, truth)
    assert widget.form.truth.layer().name == "truth"
    preview(qtbot, widget, 2)
    expected = mean_best_iou(overlap(truth, expand_labels(nuclei, 2)))
    assert widget.form.figures["mean_iou"].text() == f"{expected:.3f}"
    preview(qtbot, widget, 4)
    assert {label.text() for label in widget.form.figures.values()} == {"1.000"}
    change = 1 - mean_best_iou(overlap(truth, nuclei))
    assert widget.form.changes["mean_iou"].text().startswith(f"{change:+.3f}")


def test_truth_without_cells_and_of_another_size(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei, np.zeros_like(nuclei))
    preview(qtbot, widget, 2)
    assert {label.text() for label in widget.form.figures.values()} == {"–"}
    widget.form.truth.choose(viewer_of(widget).add_labels(nuclei[:, :50], name="narrow"))
    settle(qtbot, widget)
    assert "The truth is 80 x 50" in widget.form.problem.text()
    assert PREVIEW in viewer_of(widget).layers


@pytest.mark.parametrize("sign", [1, -1])
def test_best_distance_is_that_of_brute_force(qtbot, open_adjust, nuclei, sign):
    small, large = nuclei, expand_labels(nuclei, 3)
    widget = open_adjust(small, large) if sign > 0 else open_adjust(large, small)
    best = widget.form.best
    choose(best.direction, sign)
    best.find_button.click()
    qtbot.waitUntil(lambda: best.curve is not None, timeout=TIMEOUT)
    source, truth = (small, large) if sign > 0 else (large, small)
    figures = []
    for distance in range(11):
        if sign > 0:
            adjusted = expand_labels(source, distance)
        else:
            settle(qtbot, widget)
            adjusted = preview(qtbot, widget, -distance) if distance else source
        ious = []
        for t in np.unique(truth)[1:]:
            inside = truth == t
            each = [inside & (adjusted == p) for p in np.unique(adjusted) if p]
            whole = [inside | (adjusted == p) for p in np.unique(adjusted) if p]
            ious.append(
                max((i.sum() / u.sum() for i, u in zip(each, whole, strict=True)), default=0)
            )
        figures.append(np.mean(ious))
    np.testing.assert_allclose(best.curve.mean_iou, figures)
    assert best.best() == sign * np.argmax(figures)
    best.use_button.click()
    assert widget.form.distance.value() == best.best()
    assert f"{best.best():+g} px" in best.answer.text()


def test_best_distance_of_all_loaded_images(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei, expand_labels(nuclei, 3))
    other = np.roll(nuclei, 20, 0)[:70]
    for name, data, own in (
        ("truth b", expand_labels(other, 5), {"truth": True, "target": "whole_cell"}),
        ("nuclei b", other, {"target": "nucleus", "method": "watershed"}),
        ("unlike", other * 0, {"target": "nucleus", "method": "stardist"}),
    ):
        viewer_of(widget).add_labels(data, name=name, metadata={"cellbench": own | {"sample": "b"}})
    best = widget.form.best
    choose(best.scope, True)
    best.find_button.click()
    qtbot.waitUntil(lambda: best.curve is not None, timeout=TIMEOUT)
    both = [(nuclei, expand_labels(nuclei, 3)), (other, expand_labels(other, 5))]
    expected = []
    for distance in range(11):
        ious = [best_ious(overlap(t, expand_labels(x, distance)))[1] for x, t in both]
        expected.append(np.concatenate(ious).mean())
    np.testing.assert_allclose(best.curve.mean_iou, expected)


def test_best_distance_without_truth_is_said(open_adjust, nuclei):
    best = open_adjust(nuclei).form.best
    best.find_button.click()
    assert "Choose labels and truth" in best.answer.text()
    assert not best.use_button.isEnabled()


def test_painting_is_taken_over(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei)
    preview(qtbot, widget, 2)
    source = viewer_of(widget).layers["nuclei"]
    source.selected_label = 20
    source.paint((70, 80), 20)
    settle(qtbot, widget)
    shown = viewer_of(widget).layers[PREVIEW]
    assert 20 in shown.data
    np.testing.assert_array_equal(shown.data, expand_labels(source.data, 2))
    source.undo()
    settle(qtbot, widget)
    assert 20 not in shown.data


def test_deleted_layer_is_said(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei)
    preview(qtbot, widget, 2)
    widget.form.distance.slider.setValue(5)
    viewer_of(widget).layers.remove("nuclei")
    settle(qtbot, widget)
    assert len(viewer_of(widget).layers) == 0
    assert widget.form.status.text() == "Choose the labels to adjust."
    assert not widget.form.apply_button.isEnabled()


def test_deleted_preview_resets(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei)
    preview(qtbot, widget, 2)
    viewer_of(widget).layers.remove(PREVIEW)
    settle(qtbot, widget)
    assert widget.form.distance.value() == 0
    assert viewer_of(widget).layers["nuclei"].contour == 0


@pytest.mark.parametrize(
    ("labels", "message"),
    [(np.zeros((20, 20), np.int32), "no cells"), (np.full((9, 9), -1), "between 0 and")],
)
def test_unusable_labels_are_said(qtbot, open_adjust, labels, message):
    widget = open_adjust(labels)
    settle(qtbot, widget)
    assert message in widget.form.status.text()
    assert not widget.form.apply_button.isEnabled()


def test_stack_by_plane_and_as_volume(qtbot, open_adjust, nuclei):
    stack = np.stack([nuclei, nuclei * 0, np.flipud(nuclei)])
    widget = open_adjust(stack, scale=(2, 1, 1))
    viewer_of(widget).dims.set_point(0, 4)
    assert widget.form.extent.isVisibleTo(widget)
    expected = expand_labels(stack[2], 3)
    np.testing.assert_array_equal(preview(qtbot, widget, 3), expected)
    viewer_of(widget).dims.set_point(0, 0)
    settle(qtbot, widget)
    np.testing.assert_array_equal(
        viewer_of(widget).layers[PREVIEW].data, expand_labels(stack[0], 3)
    )
    choose(widget.form.extent, "volume")
    settle(qtbot, widget)
    expected = expand_labels(stack, 3, spacing=(2, 1, 1))
    np.testing.assert_array_equal(viewer_of(widget).layers[PREVIEW].data, expected)
    choose(widget.form.extent, "planes")
    widget.form.apply_button.click()
    settle(qtbot, widget)
    applied = viewer_of(widget).layers[-1].data
    np.testing.assert_array_equal(applied, [expand_labels(plane, 3) for plane in stack])


def test_closing_leaves_the_viewer_as_it_was(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei)
    preview(qtbot, widget, 2)
    source = viewer_of(widget).layers["nuclei"]
    widget.form.distance.slider.setValue(5)
    viewer_of(widget).window.remove_dock_widget(widget)
    assert [layer.name for layer in viewer_of(widget).layers] == ["nuclei"]
    assert source.contour == 0
    qtbot.waitUntil(lambda: not QThreadPool.globalInstance().activeThreadCount(), timeout=TIMEOUT)
    source.paint((70, 80), 20)
    viewer_of(widget).layers.clear()


def find(qtbot: Any, widget: AdjustWidget) -> Any:
    best = widget.form.best
    best.find_button.click()
    qtbot.waitUntil(lambda: best.curve is not None, timeout=TIMEOUT)
    return best


@pytest.mark.parametrize("edited", ["nuclei", "truth"])
def test_best_distance_is_out_of_date_after_an_edit(qtbot, open_adjust, nuclei, edited):
    widget = open_adjust(nuclei, expand_labels(nuclei, 3))
    settle(qtbot, widget)
    best = find(qtbot, widget)
    best.use_button.click()
    settle(qtbot, widget)
    # The preview has changed how the source looks, but not what it holds.
    assert viewer_of(widget).layers["nuclei"].contour == 1
    qtbot.wait(2 * PAUSE)
    settle(qtbot, widget)
    assert "changed since" not in best.answer.text()
    viewer_of(widget).layers[edited].paint((70, 80), 20)
    qtbot.waitUntil(lambda: "changed since" in best.answer.text(), timeout=TIMEOUT)
    assert best.use_button.isEnabled()
    best.find_button.click()
    qtbot.waitUntil(lambda: "changed since" not in best.answer.text(), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not best.job.busy, timeout=TIMEOUT)
    assert "+3 px" in best.answer.text()


def test_plot_follows_the_theme(qtbot, open_adjust, nuclei):
    widget = open_adjust(nuclei, expand_labels(nuclei, 3))
    plot = find(qtbot, widget).plot.plot
    for name in ("light", "dark"):
        viewer_of(widget).theme = name
        background = get_theme(name).background.as_hex().lower()
        assert plot.backgroundBrush().color().name() == background


def test_only_the_part_in_view_of_a_large_image_is_previewed(
    qtbot, open_adjust, nuclei, monkeypatch
):
    monkeypatch.setattr(module, "LARGE", 64)
    labels = np.tile(nuclei, (3, 3))
    labels[labels > 0] += 10 * (np.indices(labels.shape).sum(0) // 40)[labels > 0]
    truth = expand_labels(labels, 2)
    widget = open_adjust(labels, truth, scale=(2, 2))
    preview(qtbot, widget, 3)
    drawn = viewer_of(widget).layers[PREVIEW]

    def check() -> None:
        top, left = (drawn.translate / 2).astype(int)
        height, width = drawn.data.shape
        part = np.s_[top : top + height, left : left + width]
        assert max(height, width) <= 64 + 2 * widget.form.distance.reach
        np.testing.assert_array_equal(drawn.data, expand_labels(labels[part], 3))
        expected = mean_best_iou(overlap(truth[part], drawn.data))
        assert widget.form.figures["mean_iou"].text() == f"{expected:.3f}"

    check()
    assert "part in view" in widget.form.status.text()
    before = tuple(drawn.translate)
    camera = viewer_of(widget).scene.camera
    camera.center, camera.zoom = (100, 120), 8
    viewer_of(widget).layers["nuclei"].corner_pixels = np.array([[40, 50], [60, 70]])
    qtbot.waitUntil(lambda: tuple(drawn.translate) != before, timeout=TIMEOUT)
    settle(qtbot, widget)
    check()
    widget.form.apply_button.click()
    settle(qtbot, widget)
    np.testing.assert_array_equal(viewer_of(widget).layers[-1].data, expand_labels(labels, 3))


def test_part_in_view():
    layer = Labels(np.zeros((300, 500), np.int32), scale=(2, 2))
    assert module.part_in_view(layer, 10) == ()
    large = Labels(np.zeros((3, 5000, 6000), np.uint8))
    large.corner_pixels = np.array([[0, 100, 5800], [2, 299, 5999]])
    assert module.part_in_view(large, 10.5) == np.s_[89:311, 5789:6000]
    large.corner_pixels = np.array([[0, 0, 0], [2, 4999, 5999]])
    side = module.LARGE // 2
    rows, columns = module.part_in_view(large, 0)
    assert (rows, columns) == np.s_[2500 - side : 2500 + side, 3000 - side : 3000 + side]


def test_overlapping_truth_counts_exactly(qtbot, open_adjust):
    masks = np.zeros((2, 40, 60), bool)
    masks[0, 5:30, 5:30] = masks[1, 5:30, 20:50] = True
    truth = Instances.from_masks(masks, (40, 60))
    labels = np.where(masks[1], 2, 0)
    widget = open_adjust(labels)
    own = {"truth": True, "masks": list(truth.masks)}
    layer = viewer_of(widget).add_labels(truth.to_labels(), metadata={"cellbench": own})
    widget.form.truth.choose(layer)
    settle(qtbot, widget)
    assert widget.form.figures["AP50"].text() == f"{score(truth, labels).AP50:.3f}"
    best = find(qtbot, widget)
    assert best.curve.mean_iou[0] == pytest.approx(mean_best_iou(overlap(truth, labels)))
    assert best.curve.mean_iou[0] > mean_best_iou(overlap(truth.to_labels(), labels))


def test_a_forgotten_widget_dies_at_once(qtbot, make_napari_viewer, nuclei):
    """It is in no reference cycle: nothing waits for the garbage collector."""
    viewer = make_napari_viewer()
    viewer.add_labels(nuclei)
    widget = AdjustWidget(viewer)
    settle(qtbot, widget)
    gone = weakref.ref(widget)
    gc.disable()
    try:
        widget.closing()
        del widget
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("way", ["iterations", "masks"])
def test_best_distance_by_both_rules_of_iterations(qtbot, open_adjust, nuclei, way):
    """Two cells touch: stopped by each other or dilated by themselves, the figures differ."""
    truth = dilate_masks(nuclei, 4).to_labels()
    widget = open_adjust(nuclei, truth)
    best = widget.form.best
    assert best.way.itemText(best.way.findData("masks")).endswith("(paper)")
    assert "may overlap" in best.way.toolTip()
    choose(best.way, way)
    best.find_button.click()
    qtbot.waitUntil(lambda: best.curve is not None, timeout=TIMEOUT)
    figures = []
    for steps in range(11):
        masks = [binary_dilation(nuclei == i, iterations=steps) for i in np.unique(nuclei)[1:]]
        grown = dilate(nuclei, steps)
        if way == "iterations":
            masks = [grown == i for i in np.unique(nuclei)[1:]]
        elif not steps:
            masks = [nuclei == i for i in np.unique(nuclei)[1:]]
        of_truth = [truth == i for i in np.unique(truth)[1:]]
        iou = [[(t & m).sum() / (t | m).sum() for m in masks] for t in of_truth]
        figures.append(np.max(iou, axis=1).mean())
    np.testing.assert_allclose(best.curve.mean_iou, figures)
    assert ("may overlap" in best.answer.text()) == (way == "masks")
    best.use_button.click()
    assert widget.form.way.currentData() == "iterations"
    assert widget.form.distance.value() == best.best() > 0
