"""The Robustness tab, with real worker processes."""

import csv
import io

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QApplication

from napari_cellbench.compare import State, Status
from napari_cellbench.data import Instances
from napari_cellbench.data.degradations import DEGRADATIONS, degrade
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.sizes import median_diameter
from napari_cellbench.engine import Entry
from napari_cellbench.scoring import score
from napari_cellbench.scoring.selection import Selection
from napari_cellbench.widgets.compare.results import Item, Results
from napari_cellbench.widgets.compare.robustness_tab.plot import figure_of
from napari_cellbench.widgets.compare.robustness_tab.tab import RobustnessTab

TIMEOUT = 120_000
SIDE = 200
WATERSHED = Entry("watershed", parameters={"diameter": 20.0}, name="<i>mine</i>")


@pytest.fixture
def nuclei():
    """A part of the real image and its truth."""
    pytest.importorskip("stardist")
    sample = demo_sample()
    image = np.asarray(sample.image[0])[:SIDE, :SIDE]
    return image, sample.truth["nucleus"].to_labels()[:SIDE, :SIDE]


@pytest.fixture
def open_tab(make_napari_viewer, qtbot):
    """Return a function that opens the tab on an image; what it started ends with the test."""
    made = []

    def make(image, truth=None, entries=(WATERSHED,), **options):
        viewer, results = make_napari_viewer(), Results()
        layer = viewer.add_image(image, name="nuclei", **options)
        results.set_images({"nucleus": layer})
        if truth is not None:
            results.set_truth(viewer.add_labels(truth, name="truth", **options))
        tab = RobustnessTab(viewer, results)
        tab.set_entries(lambda: list(entries))
        viewer.window.add_dock_widget(tab, name="Robustness")
        choose(tab, blur="4")
        made.append(tab)
        return tab

    yield make
    for tab in made:
        tab.close_tab()
        qtbot.waitUntil(lambda tab=tab: tab.current_run is None, timeout=TIMEOUT)


def choose(tab: RobustnessTab, **levels: str) -> None:
    for kind, tick in tab.levels.ticks.items():
        tick.setChecked(kind in levels)
        if kind in levels:
            tab.levels.edits[kind].setText(levels[kind])


def run(qtbot, tab: RobustnessTab) -> None:
    tab.runs.run_button.click()
    qtbot.waitUntil(lambda: tab.current_run is None, timeout=TIMEOUT)


def names(tab: RobustnessTab) -> list[str]:
    return [layer.name for layer in tab._viewer.layers]


def test_every_method_is_plotted_against_the_level(qtbot, open_tab, nuclei):
    stardist = Entry("stardist", "stardist-nuclei-fluo", device="cpu")
    tab = open_tab(*nuclei, [WATERSHED, stardist])
    choose(tab, blur="4; 8", cell_size="12")
    assert tab.runs.status.text() == "2 methods on 4 images: 8 runs."
    assert "against the truth, truth" in tab.reference.text()
    run(qtbot, tab)
    assert tab.runs.status.text() == "8 runs done."
    assert [tab.plot.kind.itemData(i) for i in range(tab.plot.kind.count())] == [
        "blur",
        "cell_size",
    ]
    for kind in ("blur", "cell_size"):
        tab.plot.kind.setCurrentIndex(tab.plot.kind.findData(kind))
        for title in ("F1@.5", "Error", "Cells"):
            tab.plot.figure.setCurrentIndex(tab.plot.figure.findData(title))
            curves = tab.plot.plot.listDataItems()
            assert len(curves) == 2
            for entry, curve in enumerate(curves):
                expected = [
                    figure_of(m, tab.plot.chosen_figure()) for m in tab.robustness.of(entry, kind)
                ]
                np.testing.assert_array_equal(curve.yData, expected)
    clean = tab.robustness.of(1, "blur")[0]
    assert clean.score.f1[0] > 0.8
    assert "&lt;i&gt;mine&lt;/i&gt;" in tab.plot.legend.text()
    tab.csv_button.click()
    rows = list(csv.DictReader(io.StringIO(QApplication.clipboard().text())))
    assert len(rows) == 8
    assert rows[0]["Result"] == "<i>mine</i>"


def test_shown_plane_and_truth_of_a_stack_count(qtbot, open_tab, nuclei):
    image, labels = nuclei
    tab = open_tab(np.stack([image * 0, image]), np.stack([labels * 0, labels]))
    tab._viewer.dims.set_point(0, 1)
    run(qtbot, tab)
    clean, blurred = tab.robustness.of(0, "blur")
    assert clean.score.n_truth == len(np.unique(labels)) - 1
    assert clean.count > 10
    assert blurred.score.f1[0] < clean.score.f1[0]


def test_scores_leave_out_as_the_table_and_need_truth_of_the_plane(qtbot, open_tab, nuclei):
    image, labels = nuclei
    tab = open_tab(np.stack([image, image]), np.stack([labels, labels * 0]))
    own = {"truth": True, "samples": ["a", "b"], "truth_planes": [True, False]}
    tab._results.truth.metadata["cellbench"] = own
    tab._viewer.dims.set_point(0, 1)
    tab.runs.run_button.click()
    assert tab.current_run is None
    assert "no truth for b" in notification_manager.records[-1].message
    tab._results.set_selection(Selection(edge=2))
    assert "outermost 2 pixels" in tab.reference.text()
    tab._viewer.dims.set_point(0, 0)
    run(qtbot, tab)
    clean = tab.robustness.of(0, "blur")[0]
    assert clean.score.n_truth == score(labels, labels, edge=2).n_truth < len(np.unique(labels)) - 1


def test_region_of_the_results_counts(qtbot, open_tab, nuclei):
    image, labels = nuclei
    tab = open_tab(image, labels)
    record = {"region": [[20, 120], [30, 130]]}
    layer = tab._viewer.add_labels(labels, name="found", metadata={"cellbench": record})
    tab._results.add(Item("found", WATERSHED, Status(State.DONE), layer))
    run(qtbot, tab)
    inside = np.unique(labels[20:120, 30:130])
    assert tab.robustness.of(0, "blur")[0].score.n_truth == len(inside) - 1


def test_without_truth_it_says_what_is_scored(qtbot, open_tab, nuclei):
    tab = open_tab(nuclei[0])
    assert "not how right" in tab.reference.text()
    run(qtbot, tab)
    assert tab.robustness.of(0, "blur")[0].score.f1[0] == 1
    tab._results.set_truth(tab._viewer.add_labels(nuclei[1], name="by hand"))
    assert "against the truth, by hand" in tab.reference.text()
    assert tab.robustness is not None
    other = tab._viewer.add_image(nuclei[0][::-1], name="other")
    tab._results.set_images({"nucleus": other})
    assert tab.robustness is None
    assert not tab.plot.plot.listDataItems()
    assert not tab.csv_button.isEnabled()


def test_failures_are_counted_and_told(qtbot, open_tab, nuclei):
    tab = open_tab(*nuclei, [Entry("stardist", "stardist-nuclei-histology"), WATERSHED])
    run(qtbot, tab)
    assert tab.runs.status.text().startswith("2 runs done, 2 without a result")
    assert "Gaussian blur 4: " in tab.runs.status.toolTip()
    assert len(tab.plot.plot.listDataItems()[1].yData) == 2


def test_cancel_keeps_what_was_measured(qtbot, open_tab, nuclei):
    image, labels = (np.tile(one, (6, 6)) for one in nuclei)
    tab = open_tab(image, labels)
    choose(tab, blur="1 2 3 4 5", poisson="5 2.5")
    tab.runs.run_button.click()
    qtbot.waitUntil(lambda: tab.robustness is not None, timeout=TIMEOUT)
    tab.runs.cancel_button.click()
    assert tab.runs.status.text() == "Cancelling…"
    qtbot.waitUntil(lambda: tab.current_run is None, timeout=10_000)
    assert tab.runs.status.text().startswith("Cancelled; ")
    assert 1 <= len(tab.robustness.measurements) < 8
    assert tab.runs.run_button.isEnabled()


def test_preview_is_the_degraded_image_in_its_place(qtbot, open_tab, nuclei):
    image, labels = nuclei
    tab = open_tab(image, labels, scale=(0.5, 0.5), translate=(3, 4))
    active = tab._viewer.layers.selection.active
    tab.show_preview("blur", 4.0)
    qtbot.waitUntil(lambda: tab.preview.shown, timeout=TIMEOUT)
    assert names(tab)[-1] == "Preview · Gaussian blur 4 · nuclei"
    np.testing.assert_array_equal(tab._viewer.layers[-1].data, degrade(image[None], "blur", 4.0)[0])
    assert tab._viewer.layers.selection.active is active
    tab.show_preview("cell_size", 60.0)
    qtbot.waitUntil(lambda: names(tab)[-1].startswith("Preview · Cell size 60"), timeout=TIMEOUT)
    assert len(names(tab)) == 3
    shown, original = tab._viewer.layers[-1], tab._viewer.layers["nuclei"]
    factor = 60 / median_diameter(Instances.from_labels(labels))
    assert shown.data.shape == (round(SIDE * factor), round(SIDE * factor))
    # napari counts extents from the centres of the outermost pixels.
    corners = [
        layer.extent.world + np.outer([-0.5, 0.5], layer.scale) for layer in (shown, original)
    ]
    np.testing.assert_allclose(*corners)
    tab.hide_button.click()
    assert names(tab) == ["nuclei", "truth"]


def test_colour_image(qtbot, open_tab, nuclei):
    # Two stains on white, as in tissue.
    one = nuclei[0] / nuclei[0].max()
    absorbed = one[..., None] * [0.65, 0.7, 0.29] + one.T[..., None] * [0.07, 0.99, 0.11]
    noise = np.random.default_rng(0).normal(0, 2, absorbed.shape)
    colour = np.clip(240 * np.exp(-1.5 * absorbed) + noise, 0, 255).astype(np.uint8)
    tab = open_tab(*nuclei)
    layer = tab._viewer.add_image(colour, name="colour", rgb=True)
    tab._results.set_images({"rgb": layer})
    assert tab.levels.edits["channel_order"].text() == "1, 2"
    tab.show_preview("channel_order", 1.0)
    qtbot.waitUntil(lambda: tab.preview.shown, timeout=TIMEOUT)
    np.testing.assert_array_equal(tab._viewer.layers[-1].data, colour[..., [2, 0, 1]])


@pytest.mark.parametrize(
    ("levels", "message"),
    [({}, "Tick at least one degradation"), ({"blur": "4, much"}, "write levels as numbers")],
)
def test_what_is_wrong_is_said(open_tab, nuclei, levels, message):
    tab = open_tab(*nuclei)
    choose(tab, **levels)
    assert message in tab.runs.status.text()
    tab.runs.run_button.click()
    assert message in notification_manager.records[-1].message
    assert tab.current_run is None


def test_nothing_to_run(open_tab, nuclei):
    tab = open_tab(*nuclei, ())
    assert "Tick methods" in tab.runs.status.text()
    assert not tab.runs.run_button.isEnabled()
    tab._results.set_images({})
    assert "Run the methods on an image first" in tab.runs.status.text()
    assert not tab.levels.ticks["channel_order"].isEnabled()
    assert set(tab.levels.edits) == set(DEGRADATIONS)


def test_closed_in_the_middle_of_a_run(qtbot, open_tab, nuclei):
    image, labels = (np.tile(one, (6, 6)) for one in nuclei)
    tab = open_tab(image, labels)
    tab.show_preview("blur", 2.0)
    qtbot.waitUntil(lambda: tab.preview.shown, timeout=TIMEOUT)
    tab.runs.run_button.click()
    qtbot.waitUntil(lambda: tab.runs.bar.value() > 0, timeout=TIMEOUT)
    tab.close_tab()
    assert names(tab) == ["nuclei", "truth"]
    qtbot.waitUntil(lambda: tab.current_run is None, timeout=10_000)
