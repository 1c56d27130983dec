"""The Agreement tab in a real napari window, with segmentations of a real image."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy
from qtpy.QtCore import QPointF, Qt

from napari_cellbench.scoring import score
from napari_cellbench.scoring.agreement import Cells, Pairwise
from napari_cellbench.scoring.consensus import consensus
from napari_cellbench.scoring.disagreement import disagreement
from napari_cellbench.widgets.compare.agreement_tab.tab import EMPTY, ONE, AgreementTab
from napari_cellbench.widgets.compare.results import Results

from .compare_results import TIMEOUT, add_results, names_of, segmentations


@pytest.fixture
def open_tab(make_napari_viewer, qtbot, six_segmentations):
    """Return a function that opens a viewer with results and the docked tab."""
    made: list[AgreementTab] = []

    def open_(labels=None, *, show=False, **options) -> tuple[AgreementTab, Results]:
        # As napari hands it to plugins.
        viewer, results = PublicOnlyProxy(make_napari_viewer(show=show)), Results()
        if labels is None:
            labels = segmentations(six_segmentations)
        add_results(viewer, results, labels, **options)
        tab = AgreementTab(viewer, results)
        viewer.window.add_dock_widget(tab, name="Agreement")
        made.append(tab)
        return tab, results

    yield open_
    for tab in made:
        tab.close_tab()
        qtbot.waitUntil(lambda tab=tab: not tab.job.busy)


def answered(qtbot, tab: AgreementTab) -> None:
    """Wait for the answer to what was asked last."""
    qtbot.waitUntil(
        lambda: tab.answer is not None and tab.answer.question is tab._asked and not tab.job.busy,
        timeout=TIMEOUT,
    )


def pairwise(labels) -> Pairwise:
    return Pairwise([Cells.of(image) for image in labels])


def choose(box, data) -> None:
    box.setCurrentIndex(box.findData(data))


def test_heat_map_equals_scores(qtbot, open_tab, six_segmentations):
    tab, _ = open_tab()
    answered(qtbot, tab)
    images = list(segmentations(six_segmentations).values())
    expected = [[score(a, b).f1[0] for b in images] for a in images]
    np.testing.assert_allclose(tab.answer.matrix, expected)
    assert tab.form.heat.numbers[1].toPlainText() == f"{expected[0][1]:.2f}"[1:]

    choose(tab.form.metric, "ap")
    choose(tab.form.iou, 0.7)
    answered(qtbot, tab)
    assert tab.answer.matrix[0, 1] == pairwise(images).ap()[4, 0, 1]
    assert tab.answer.matrix[1, 0] != tab.answer.matrix[0, 1]
    tab.form.heat.hovered.emit(0, 1)
    text = tab.form.caption.text()
    assert "COCO AP at IoU 0.70, Li and watershed with Otsu and watershed as truth" in text
    assert f"{tab.answer.matrix[0, 1]:.3f}" in text


def test_click_on_a_pair_selects_both_layers(qtbot, open_tab):
    tab, results = open_tab(show=True, visible=False)
    answered(qtbot, tab)
    plot = tab.form.heat.plot
    qtbot.waitUntil(lambda: plot.isVisible() and plot.getViewBox().width() > 100, timeout=TIMEOUT)
    layers = [item.layer for item in results.done()]
    there = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(3.5, 1.5)))
    qtbot.mouseMove(plot.viewport(), there)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=there)
    assert tab._viewer.layers.selection == {layers[1], layers[3]}
    assert layers[1].visible
    assert layers[3].visible
    assert not layers[0].visible


def test_consensus_follows_the_slider(qtbot, open_tab, six_segmentations):
    tab, results = open_tab()
    answered(qtbot, tab)
    found = consensus(pairwise(segmentations(six_segmentations).values()))
    assert tab.form.votes.value() == 4
    tab.form.show_consensus.setChecked(True)
    layer = tab.consensus.layer
    np.testing.assert_array_equal(layer.data, found.at(4))
    assert layer.name == "Consensus: ≥ 4 of 6 at IoU 0.50"
    assert f"{found.count(4)} cells found by at least 4 of 6 results" in tab.form.found.text()
    tab.form.votes.setValue(2)
    assert tab.consensus.layer is layer
    np.testing.assert_array_equal(layer.data, found.at(2))
    record = layer.metadata["cellbench"]
    assert (record["at_least"], record["of"], record["iou"]) == (2, 6, 0.5)
    assert record["truth"] is False
    assert "Not a ground truth" in record["note"]
    assert [one["name"] for one in record["sources"]] == [item.name for item in results.done()]
    assert record["n_objects"] == found.count(2)
    votes = dict(zip(layer.features["index"], layer.features["votes"], strict=True))
    assert votes == {0: 0} | {k: v for k, v in enumerate(found.votes.tolist(), start=1) if v >= 2}
    tab.form.show_consensus.setChecked(False)
    assert layer not in tab._viewer.layers


def test_stand_in_truth(qtbot, open_tab):
    tab, results = open_tab()
    answered(qtbot, tab)
    truths = []
    results.truth_changed.connect(lambda: truths.append(results.truth))
    qtbot.mouseClick(tab.form.use_as_truth, Qt.MouseButton.LeftButton)
    (layer,) = truths
    assert layer.name == "Consensus (not ground truth): ≥ 4 of 6 at IoU 0.50"
    assert layer in tab._viewer.layers
    assert layer.editable
    before = layer.data.copy()
    tab.form.votes.setValue(1)
    np.testing.assert_array_equal(layer.data, before)
    tab.close_tab()
    assert layer in tab._viewer.layers


def test_keep_as_layer(qtbot, open_tab):
    tab, results = open_tab()
    answered(qtbot, tab)
    tab.form.show_consensus.setChecked(True)
    layer = tab.consensus.layer
    tab.keep()
    assert layer in tab._viewer.layers
    assert layer.editable
    assert not tab.form.show_consensus.isChecked()
    assert results.truth is None


def test_edits_are_followed(qtbot, open_tab, six_segmentations):
    tab, results = open_tab()
    answered(qtbot, tab)
    first, others = results.done()[0].layer, [item.layer.data for item in results.done()[1:]]
    before = tab.answer
    first.selected_label = 0
    first.fill((100, 100), 0)
    first.data_setitem(np.nonzero(first.data == first.data.max()), 0)
    qtbot.waitUntil(lambda: tab.answer is not before, timeout=TIMEOUT)
    answered(qtbot, tab)
    np.testing.assert_allclose(tab.answer.matrix, pairwise([first.data, *others]).f1()[0])


def test_disagreement_map_and_places(qtbot, open_tab, six_segmentations):
    tab, _ = open_tab()
    answered(qtbot, tab)
    found = disagreement(pairwise(segmentations(six_segmentations).values()))
    tab.form.show_disagreement.setChecked(True)
    np.testing.assert_array_equal(tab.disagreement.layer.data, found.picture)
    places = tab.form.places
    assert places.model.places == found.places
    for step, button in enumerate((places.next, places.next, places.previous)):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        place = found.places[(0, 1, 0)[step]]
        top, left, bottom, right = place.box
        centre = tab._viewer.scene.camera.center[-2:]
        assert centre == pytest.approx(((top + bottom - 1) / 2, (left + right - 1) / 2))
    assert places.position.text() == f"1 of {len(found.places):,} places"
    frame = tab.frame.layer.data
    assert not frame[top:bottom, left:right].any()
    assert frame.any()
    tip = places.model.data(places.model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    assert tip.splitlines()[0] == f"Otsu and watershed: {place.counts[0]} cells"


def test_results_come_and_go(qtbot, open_tab, six_segmentations):
    labels = segmentations(six_segmentations)
    tab, results = open_tab({})
    assert tab.form.pages.text.text() == EMPTY
    names = list(labels)
    add_results(tab._viewer, results, {names[0]: labels[names[0]]})
    qtbot.waitUntil(lambda: tab.form.pages.text.text() == ONE, timeout=TIMEOUT)
    add_results(tab._viewer, results, {names[1]: labels[names[1]]})
    qtbot.waitUntil(lambda: tab.answer is not None, timeout=TIMEOUT)
    assert tab.answer.matrix.shape == (2, 2)
    tab.form.show_consensus.setChecked(True)
    tab._viewer.layers.remove(names[1])
    qtbot.waitUntil(lambda: tab.form.pages.text.text() == ONE, timeout=TIMEOUT)
    assert names_of(tab._viewer) == [names[0]]


def test_result_of_another_size_is_left_out(qtbot, open_tab, six_segmentations):
    labels = segmentations(six_segmentations)
    cut = {**labels, "corner": labels["Otsu and watershed"][:50, :60]}
    tab, _ = open_tab(cut)
    answered(qtbot, tab)
    assert tab.answer.matrix.shape == (6, 6)
    assert "corner is 50 x 60" in tab.form.note.text()
    assert tab.form.note.isVisibleTo(tab)


def test_nothing_is_computed_while_hidden(qtbot, open_tab, six_segmentations):
    tab, results = open_tab(show=True)
    answered(qtbot, tab)
    before, first = tab.answer, results.done()[0].layer
    tab.hide()
    first.data = np.zeros_like(first.data)
    qtbot.wait(400)
    assert tab.answer is before
    assert not tab.job.busy
    tab.show()
    qtbot.waitUntil(lambda: tab.answer is not before, timeout=TIMEOUT)
    assert tab.answer.matrix[0, 1] == 0


def test_stack_follows_the_plane(qtbot, open_tab, six_segmentations):
    labels = {
        name: np.stack([image, np.roll(image, 40, 0)])
        for name, image in list(segmentations(six_segmentations).items())[:3]
    }
    labels["moved"] = np.stack([labels["Otsu and watershed"][0], np.zeros_like(image_of(labels))])
    tab, _ = open_tab(labels)
    viewer = tab._viewer
    for plane in (0, 1):
        viewer.dims.set_current_step(0, plane)
        expected = pairwise([image[plane] for image in labels.values()]).f1()[0]
        qtbot.waitUntil(
            lambda expected=expected: (
                tab.answer is not None
                and np.array_equal(tab.answer.matrix, expected, equal_nan=True)
            ),
            timeout=TIMEOUT,
        )
        tab.form.show_consensus.setChecked(True)
        found = consensus(pairwise([image[plane] for image in labels.values()]))
        np.testing.assert_array_equal(tab.consensus.layer.data[plane], found.at(3))
        assert not tab.consensus.layer.data[1 - plane].any()
        assert tab.consensus.layer.metadata["cellbench"]["index"] == [plane]


def image_of(labels) -> np.ndarray:
    return next(iter(labels.values()))[0]


def test_user_removes_the_layers(qtbot, open_tab):
    tab, _ = open_tab()
    answered(qtbot, tab)
    for button, overlay in (
        (tab.form.show_consensus, tab.consensus),
        (tab.form.show_disagreement, tab.disagreement),
    ):
        button.setChecked(True)
        tab._viewer.layers.remove(overlay.layer)
        assert not button.isChecked()
        assert overlay.layer is None
        button.setChecked(True)
        assert overlay.layer in tab._viewer.layers


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_numbers_can_be_read(qtbot, open_tab, theme):
    tab, _ = open_tab()
    tab._viewer.theme = theme
    answered(qtbot, tab)
    heat = tab.form.heat
    for number, colour in zip(heat.numbers, heat.image.image.reshape(-1, 4), strict=True):
        text = np.array(number.color.getRgb()[:3]) / 255
        assert contrast(text, colour[:3] / 255) >= 4.5


def contrast(a, b) -> float:
    """Contrast ratio of WCAG 2."""
    light = sorted(
        np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)
        for c in (np.asarray(a), np.asarray(b))
    )
    return (light[1] + 0.05) / (light[0] + 0.05)


def test_closing_leaves_nothing_behind(qtbot, open_tab):
    tab, results = open_tab()
    answered(qtbot, tab)
    before = [item.layer for item in results.done()]
    tab.form.show_consensus.setChecked(True)
    tab.form.show_disagreement.setChecked(True)
    tab.form.places.next.click()
    tab.close_tab()
    tab.close_tab()
    assert list(tab._viewer.layers) == before
    asked = tab._asked
    before[0].data = np.zeros_like(before[0].data)
    qtbot.wait(300)
    assert tab._asked is asked
    assert not tab.job.busy


def test_the_tab_is_freed(qtbot, make_napari_viewer):
    viewer, results = make_napari_viewer(), Results()
    tab = AgreementTab(viewer, results)
    gone = weakref.ref(tab)
    tab.close_tab()
    tab.deleteLater()
    del tab
    qtbot.wait(50)
    gc.collect()
    assert gone() is None


def test_consensus_becomes_the_truth_of_the_compare_widget(
    qtbot, make_napari_viewer, six_segmentations, tmp_path, monkeypatch
):
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path))
    viewer = make_napari_viewer(show=True)
    viewer.add_image(six_segmentations["image"], name="cells")
    layers = [
        viewer.add_labels(labels, name=name)
        for name, labels in list(segmentations(six_segmentations).items())[:3]
    ]
    _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Compare")
    widget.session.take_layers(layers, widget.methods.images.layers())
    widget.tabs.setCurrentWidget(widget.agreement)
    qtbot.waitUntil(lambda: widget.agreement.content is not None, timeout=TIMEOUT)
    tab = widget.agreement.content
    answered(qtbot, tab)
    tab.form.use_as_truth.click()
    truth = widget.results.truth
    assert truth.name.startswith("Consensus (not ground truth)")
    assert widget.methods.truth.layer() == truth
    widget.tabs.setCurrentWidget(widget.cells)
    qtbot.waitUntil(lambda: widget.cells.content is not None, timeout=TIMEOUT)
    answered(qtbot, widget.cells.content)
    viewer.layers.remove(truth.name)
    qtbot.waitUntil(lambda: widget.cells.content.answer is None, timeout=TIMEOUT)
    assert widget.results.truth is None
    widget.closing()
    qtbot.waitUntil(lambda: not tab.job.busy and not widget.cells.content.job.busy)
