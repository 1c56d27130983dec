"""What belongs to an image lies on it, and what lies elsewhere isn't compared with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from napari.layers import Image, Labels

from napari_cellbench.data.readers import read_samples
from napari_cellbench.errors import InputError
from napari_cellbench.widgets.adjust.widget import AdjustWidget
from napari_cellbench.widgets.layers.placement import check_together, placement
from napari_cellbench.widgets.score.widget import ScoreWidget

from .conftest import choose_method, labels_of

CASES = Path(__file__).parents[1] / "cases"
TIMEOUT = 60_000


@st.composite
def places(draw: Any) -> dict[str, Any]:
    """Draw what napari lets one set of a layer's place."""
    n = draw(st.integers(2, 4))
    number = st.floats(-3, 3)
    place: dict[str, Any] = {
        "scale": draw(st.lists(st.floats(0.2, 4), min_size=n, max_size=n)),
        "translate": draw(st.lists(st.floats(-99, 99), min_size=n, max_size=n)),
    }
    if draw(st.booleans()):
        angle = draw(number)
        place["rotate"] = np.eye(n)
        turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        place["rotate"][-2:, -2:] = turn
    if draw(st.booleans()):
        place["shear"] = np.eye(n)
        place["shear"][-2, -1] = draw(st.floats(-1, 1))
    if draw(st.booleans()):
        place["affine"] = np.eye(n + 1)
        place["affine"][-3:-1, -3:-1] += np.reshape(
            [draw(st.floats(-0.4, 0.4)) for _ in "abcd"], (2, 2)
        )
        place["affine"][-3:-1, -1] = draw(number), draw(number)
    return place


@given(places(), st.tuples(st.integers(0, 9), st.integers(0, 9)), st.integers(1, 4))
@settings(max_examples=settings.default.max_examples, suppress_health_check=list(HealthCheck))
def test_pixels_lie_on_pixels(place, start, step):
    image = Image(np.zeros((4,) * len(place["scale"])), **place)
    n = image.ndim
    labels = Labels(np.zeros(image.data.shape, int), **placement(image))
    part = Labels(np.zeros((4, 4), int), **placement(image, 2, start, (step, step)))
    for point in np.random.default_rng(0).uniform(0, 4, (5, n)):
        np.testing.assert_allclose(
            labels.data_to_world(point), image.data_to_world(point), atol=1e-6
        )
        there = np.zeros(n)
        there[-2:] = np.array(start) + (step - 1) / 2 + step * point[-2:]
        np.testing.assert_allclose(
            part.data_to_world(point[-2:]), image.data_to_world(there)[-2:], atol=1e-6
        )
    assert check_together(labels, image, image.data.shape) == ""


@pytest.mark.parametrize(
    "place",
    [
        {"rotate": 30},
        {"shear": [0.4]},
        {"affine": [[0.8, -0.3, 9], [0.2, 1.1, -4], [0, 0, 1]]},
        {"scale": (0.5, 0.25), "translate": (3, 7), "rotate": -70},
    ],
)
def test_results_lie_on_turned_images(qtbot, make_widget, place):
    image = tifffile.imread(CASES / "result_on_rotated_layer" / "nuclei.tif")
    widget = make_widget(image, **place)
    choose_method(widget, "watershed")
    widget.runs.run_button.click()
    qtbot.waitUntil(lambda: bool(labels_of(widget)), timeout=TIMEOUT)
    (layer,) = labels_of(widget)
    on = widget.viewer.layers[0]
    rows, columns = np.nonzero(layer.data)
    for point in list(zip(rows, columns, strict=True))[:: len(rows) // 9]:
        np.testing.assert_allclose(layer.data_to_world(point), on.data_to_world(point), atol=1e-6)
    qtbot.waitUntil(lambda: widget.current_run is None, timeout=TIMEOUT)
    adjust = AdjustWidget(widget.viewer)
    qtbot.addWidget(adjust)
    adjust.form.layer.choose(layer)
    adjust.form.distance.slider.setValue(2)
    qtbot.waitUntil(adjust.form.apply_button.isEnabled, timeout=TIMEOUT)
    adjust.form.apply_button.click()
    qtbot.waitUntil(lambda: len(labels_of(widget)) > 1, timeout=TIMEOUT)
    grown = labels_of(widget)[-1]
    np.testing.assert_allclose(grown.data_to_world((50, 9)), on.data_to_world((50, 9)), atol=1e-6)
    adjust.closing()


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"translate": (0, 64)}, "shifted by 0 x 64 pixels"),
        ({"rotate": 90}, "turned"),
        ({"scale": (0.5, 0.5), "translate": (9, 0)}, "scaled by 0.5"),
        ({"shear": [0.3]}, "sheared"),
    ],
)
def test_layers_apart_are_not_scored(qtbot, make_napari_viewer, place, why):
    labels = tifffile.imread(CASES / "score_layers_apart" / "labels.tif")
    viewer = make_napari_viewer()
    viewer.add_labels(labels, name="truth", metadata={"cellbench": {"truth": True}})
    viewer.add_labels(labels.copy(), name="found", **place)
    widget = ScoreWidget(viewer)
    qtbot.addWidget(widget)
    qtbot.waitUntil(lambda: "different places" in widget.form.note.text(), timeout=TIMEOUT)
    assert why in widget.form.note.text()
    assert not widget.rows()
    widget.closing()


def test_a_missing_pixel_size_is_said(qtbot, make_napari_viewer):
    labels = tifffile.imread(CASES / "score_layers_apart" / "labels.tif")
    viewer = make_napari_viewer()
    truth = {"metadata": {"cellbench": {"truth": True}}}
    viewer.add_labels(labels, name="truth", scale=(0.5, 0.5), units=("um", "um"), **truth)
    viewer.add_labels(labels.copy(), name="found")
    widget = ScoreWidget(viewer)
    qtbot.addWidget(widget)
    qtbot.waitUntil(lambda: "found has no pixel size" in widget.form.note.text(), timeout=TIMEOUT)
    assert widget.rows()
    widget.closing()


def test_units_of_length_are_converted():
    micrometres = Labels(np.zeros((8, 8), int), scale=(0.5, 0.5), units=("um", "um"))
    nanometres = Labels(np.zeros((8, 8), int), scale=(500, 500), units=("nm", "nm"))
    assert check_together(micrometres, nanometres, (8, 8)) == ""
    apart = Labels(np.zeros((8, 8), int), scale=(5, 5), units=("um", "um"))
    with pytest.raises(InputError, match="scaled by"):
        check_together(micrometres, apart, (8, 8))


def test_channels_in_different_places_are_refused(make_widget, blobs, capsys):
    widget = make_widget(blobs)
    viewer = widget.viewer
    viewer.add_image(blobs, name="second", translate=(0, 30))
    widget.images.boxes["whole_cell"].choose(viewer.layers["second"])
    with pytest.raises(InputError, match="different places"):
        widget._order().input.source(())


def test_exports_carry_the_name_of_the_images_file(qtbot, make_widget, tmp_path):
    source = CASES / "napari_export_loses_file_name" / "nuclei.tif"
    (tmp_path / "nuclei.tif").write_bytes(source.read_bytes())
    widget = make_widget()
    (image,) = widget.viewer.open(str(tmp_path / "nuclei.tif"), plugin="napari")
    image.name = "my nuclei"
    widget.images.boxes["nucleus"].choose(image)
    choose_method(widget, "watershed")
    widget.runs.run_button.click()
    qtbot.waitUntil(lambda: bool(labels_of(widget)), timeout=TIMEOUT)
    (layer,) = labels_of(widget)
    layer.save(str(tmp_path / "nuclei.json"), plugin="napari-cellbench")
    layer.save(str(tmp_path / "nuclei_seg.npy"), plugin="napari-cellbench")
    (record,) = json.loads((tmp_path / "nuclei.json").read_text())["images"]
    assert record["file_name"] == "nuclei.tif"
    (sample,) = read_samples(tmp_path / "nuclei.json")
    np.testing.assert_array_equal(sample.image[0], image.data)
    assert len(sample.truth["nucleus"]) == len(np.unique(layer.data)) - 1
    seg = np.load(tmp_path / "nuclei_seg.npy", allow_pickle=True).item()
    assert Path(seg["filename"]).name == "nuclei.tif"
    qtbot.waitUntil(lambda: widget.current_run is None, timeout=TIMEOUT)
