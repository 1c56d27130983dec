"""“Add to correction set” in Score and Compare; in Correct see the loop in `test_train.py`."""

from __future__ import annotations

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtTest import QTest

from napari_cellbench.corrections.collection import CorrectionSet
from napari_cellbench.corrections.known_sets import first_set, known_sets
from napari_cellbench.data.readers import read_samples
from napari_cellbench.widgets.layers.annotated import images_of

from .training import piece

TIMEOUT = 60_000


@pytest.fixture
def open_(make_napari_viewer):
    """Return a function that opens a panel on an image with its truth."""
    made = []

    def make(name):
        viewer = make_napari_viewer(show=True)
        image, labels = piece(0, 0)
        place = {"scale": (0.5, 0.5), "units": ("micrometer",) * 2}
        viewer.add_image(image, name="image", **place)
        record = {"truth": True, "target": "nucleus"}
        viewer.add_labels(labels, name="truth", metadata={"cellbench": record}, **place)
        _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", name)
        made.append(widget)
        return widget, image, labels

    yield make
    for widget in made:
        widget.closing()


def told():
    return str(notification_manager.records[-1].message)


def test_the_truth_of_score_is_added_and_replaced(qtbot, open_):
    widget, image, labels = open_("Score")
    button = widget.form.set_button
    assert not button.train_action.isEnabled()
    with qtbot.waitSignal(button.added, timeout=TIMEOUT):
        button.whole_action.trigger()
    assert known_sets() == [first_set()]
    (sample,) = read_samples(first_set())
    np.testing.assert_array_equal(sample.image[0], image)
    np.testing.assert_array_equal(sample.truth["nucleus"].to_labels(), labels)
    assert sample.pixel_size == (0.5, 0.5)
    cells = len(np.unique(labels)) - 1
    assert f"is in the set corrections: {cells} cells, to learn from." in told()
    assert "replaced" not in told()
    widget.viewer.layers["truth"].data = np.where(labels == labels.max(), 0, labels)
    with qtbot.waitSignal(button.added, timeout=TIMEOUT):
        button.whole_action.trigger()
    assert f"{cells - 1} cells" in told()
    assert "It replaced what was there of it before." in told()
    assert len(CorrectionSet(first_set()).entries) == 1
    assert button.train_action.isEnabled()


def test_only_what_is_seen_is_added_to_a_set_of_choice(qtbot, open_, tmp_path):
    widget, image, labels = open_("Score")
    button = widget.form.set_button
    button.use(tmp_path / "new set")
    button.menu().aboutToShow.emit()
    assert "new set" in button.set_action.text()
    widget.viewer.scene.camera.zoom *= 3
    QTest.qWait(300)
    with qtbot.waitSignal(button.added, timeout=TIMEOUT):
        button.visible_action.trigger()
    (entry,) = CorrectionSet(tmp_path / "new set").entries
    y, x, height, width = entry.region
    assert 0 < height < 128 or 0 < width < 128
    (sample,) = read_samples(tmp_path / "new set")
    part = np.s_[y : y + height, x : x + width]
    np.testing.assert_array_equal(sample.image[0], image[part])
    np.testing.assert_array_equal(sample.truth["nucleus"].to_labels(), labels[part])
    assert "(the visible region)" in told()


def test_a_folder_of_other_files_becomes_no_set(open_, tmp_path):
    widget, _, _ = open_("Score")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").touch()
    widget.form.set_button.use(tmp_path / "mine")
    assert "holds other files" in told()
    assert known_sets() == []


def test_the_chosen_result_of_compare_is_added(qtbot, open_):
    widget, image, labels = open_("Compare")
    viewer, tab = widget.viewer, widget.table
    tab.set_button.whole_action.trigger()
    assert "Choose a row" in told()
    viewer.add_labels(labels * 2, name="result")
    layer = viewer.layers["result"]
    widget.session.take_layers([layer], {"nucleus": viewer.layers["image"]})
    tab.table.choose(widget.results.items()[0])
    with qtbot.waitSignal(tab.set_button.added, timeout=TIMEOUT):
        tab.set_button.whole_action.trigger()
    (sample,) = read_samples(first_set())
    np.testing.assert_array_equal(sample.image[0], image)
    assert sample.truth["nucleus"].to_labels().max() == 2 * labels.max()


def test_labels_without_an_image_are_not_added(open_):
    widget, _, _ = open_("Score")
    widget.viewer.layers.remove("image")
    widget.form.set_button.whole_action.trigger()
    assert "no image of the size of truth" in told()


def test_the_image_is_that_of_the_sample_else_that_which_is_seen(make_napari_viewer):
    viewer = make_napari_viewer()
    pixels = np.zeros((16, 16))

    def record(**known):
        return {"cellbench": known}

    viewer.add_image(pixels, name="n", metadata=record(sample="a", role="nucleus"))
    viewer.add_image(pixels, name="c", metadata=record(sample="a", role="whole_cell"))
    viewer.add_image(pixels, name="other", metadata=record(role="nucleus"))
    viewer.add_image(np.zeros((9, 9)), name="small")
    labels = np.ones((16, 16), np.int32)
    of_sample = viewer.add_labels(labels, metadata=record(sample="a"))
    made_from = viewer.add_labels(labels, metadata=record(image="other"))
    unknown = viewer.add_labels(labels)
    names = {slot: one.name for slot, one in images_of(viewer, of_sample).items()}
    assert names == {"nucleus": "n", "whole_cell": "c"}
    assert [one.name for one in images_of(viewer, made_from).values()] == ["other"]
    viewer.layers["other"].visible = viewer.layers["c"].visible = False
    assert [one.name for one in images_of(viewer, unknown).values()] == ["n"]
