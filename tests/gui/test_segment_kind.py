"""Segment proposes what suits the image, and warns of what doesn't."""

import threading

import numpy as np
import pytest
import scipy.ndimage as ndi

from napari_cellbench.engine.environments import missing
from napari_cellbench.methods.registry import get_method
from napari_cellbench.widgets import kind_box
from napari_cellbench.widgets.layers.kind import kind_of_layer
from napari_cellbench.widgets.segment.widget import SegmentWidget

SIDE = 160


@pytest.fixture
def nuclei():
    rng = np.random.default_rng(1)
    y, x = np.indices((SIDE, SIDE))
    image = np.zeros((SIDE, SIDE))
    for cy, cx in rng.uniform(10, SIDE - 10, (14, 2)):
        image[np.hypot(y - cy, x - cx) < 9] = rng.uniform(0.4, 1)
    return ndi.gaussian_filter(image, 1.2) + rng.normal(0.05, 0.01, image.shape)


@pytest.fixture
def widget(make_napari_viewer):
    viewer = make_napari_viewer()
    widget = SegmentWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Segment")
    return widget


@pytest.mark.skipif(
    bool(missing(get_method("stardist")) or missing(get_method("cellpose_unet"))),
    reason="the networks that are proposed aren't installed",
)
def test_each_layer_gets_its_proposal(qtbot, widget, nuclei):
    halos = 0.5 + 2 * (ndi.gaussian_filter(nuclei, 4) - nuclei)
    bright = widget.viewer.add_image(nuclei, name="nuclei")
    qtbot.waitUntil(lambda: widget.images.boxes["nucleus"].layer() is bright)
    assert widget.form.method.method().key == "stardist"
    assert widget.form.checkpoint.checkpoint().key == "stardist-nuclei-fluo"
    assert widget.form.note.text().startswith("Looks like fluorescence")
    assert "fluorescence" in widget.images.looks.currentText()
    dark = widget.viewer.add_image(halos, name="phase")
    widget.images.boxes["nucleus"].choose(None)
    widget.images.boxes["rgb"].choose(dark)
    assert widget.form.method.method().key == "cellpose_unet"
    assert widget.form.checkpoint.checkpoint().key == "cellpose-phase-contrast"


def test_what_the_user_chose_stays_and_is_warned_of(qtbot, widget, nuclei):
    widget.form.method.choose("watershed")
    widget.viewer.add_image(-nuclei, name="inverted")
    qtbot.waitUntil(lambda: bool(widget.images.layers()))
    assert widget.form.method.method().key == "watershed"
    assert "expect wrong objects" in widget.form.note.text()
    widget.form.parameters.set_values({"dark_objects": True})
    assert widget.form.warning() is None


@pytest.mark.skipif(bool(missing(get_method("cellpose_unet"))), reason="Cellpose isn't installed")
def test_a_large_image_is_looked_at_beside_the_window(qtbot, widget, nuclei, monkeypatch):
    """It is taken for nuclei until somebody has looked, and gets its role then."""
    halos = np.tile(0.5 + 2 * (ndi.gaussian_filter(nuclei, 4) - nuclei), (5, 5))
    threads = []

    def look(layer):
        threads.append(threading.current_thread())
        return kind_of_layer(layer)

    monkeypatch.setattr(kind_box, "kind_of_layer", look)
    layer = widget.viewer.add_image(halos, name="phase")
    qtbot.waitUntil(lambda: widget.images.boxes["rgb"].layer() is layer)
    assert widget.form.checkpoint.checkpoint().key == "cellpose-phase-contrast"
    assert widget.find.target() == "whole_cell"
    assert threads[0] is not threading.main_thread()


@pytest.mark.skipif(bool(missing(get_method("cellpose_unet"))), reason="Cellpose isn't installed")
def test_the_user_says_otherwise(qtbot, widget, nuclei):
    widget.viewer.add_image(nuclei, name="nuclei")
    qtbot.waitUntil(lambda: bool(widget.images.layers()))
    looks = widget.images.looks
    looks.setCurrentIndex(looks.findData("phase_contrast"))
    looks.activated.emit(looks.currentIndex())
    assert looks.kind().name == "phase_contrast"
    assert list(widget.images.layers()) == ["rgb"]
    assert widget.form.method.method().key == "cellpose_unet"


def test_nothing_is_proposed_for_a_mask(qtbot, widget, nuclei):
    widget.viewer.add_image((nuclei > 0.3).astype(np.uint8), name="mask")
    qtbot.waitUntil(lambda: bool(widget.images.layers()))
    assert "mask" in widget.form.note.text()


@pytest.mark.skipif(
    bool(missing(get_method("stardist")) or missing(get_method("cellpose_unet"))),
    reason="the networks that are proposed aren't installed",
)
def test_nuclei_or_whole_cells(qtbot, widget, nuclei):
    """The image suggests it; who asks for what the image can't show is told so."""
    widget.viewer.add_image(nuclei, name="nuclei")
    qtbot.waitUntil(lambda: bool(widget.images.layers()))
    find, form = widget.find, widget.form
    assert find.target() == form.target() == "nucleus"
    find.buttons["whole_cell"].click()
    assert form.checkpoint.checkpoint() is None
    assert "alone doesn't show whole cells" in form.note.text()
    assert "--" not in form.note.text()
    assert find.target() == "whole_cell"
    find.buttons["nucleus"].click()
    assert form.checkpoint.checkpoint().key == "stardist-nuclei-fluo"
    looks = widget.images.looks
    looks.setCurrentIndex(looks.findData("phase_contrast"))
    looks.activated.emit(looks.currentIndex())
    find.buttons["whole_cell"].click()
    assert form.checkpoint.checkpoint().key == "cellpose-phase-contrast"
    # Their own choice counts more than what was asked for before.
    form.method.choose("stardist")
    nuclear = next(
        row
        for row in range(form.checkpoint.count())
        if form.checkpoint.itemData(row) and form.checkpoint.itemData(row).target == "nucleus"
    )
    form.checkpoint.setCurrentIndex(nuclear)
    form.checkpoint.activated.emit(nuclear)
    assert find.target() == form.target() == "nucleus"
