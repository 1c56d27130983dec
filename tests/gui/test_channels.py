"""Two channels in one layer look like a stack: the panel says so, and splits them at a click."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt

from napari_cellbench.widgets.layers.channels import channel_axis, split_channels
from napari_cellbench.widgets.opening import open_data

from .conftest import choose_method


@pytest.fixture
def two_channels(blobs):
    return np.stack([blobs, blobs // 2 + 50])


def click(qtbot, widget):
    qtbot.mouseClick(widget.images.channels.button, Qt.MouseButton.LeftButton)


def test_a_file_opened_by_napari_is_split_at_a_click(qtbot, make_widget, two_channels, tmp_path):
    tifffile.imwrite(tmp_path / "my_tissue_2ch.tif", two_channels, photometric="minisblack")
    widget = make_widget()
    viewer = widget.viewer
    viewer.show()
    viewer.open(tmp_path / "my_tissue_2ch.tif", plugin="napari")
    (stack,) = viewer.layers
    qtbot.waitUntil(widget.images.channels.isVisible)
    assert (
        "my_tissue_2ch has 2 planes, which look like channels" in widget.images.channels.text.text()
    )
    click(qtbot, widget)
    qtbot.waitUntil(lambda: len(widget.images.layers()) == 2)
    assert stack not in viewer.layers
    nucleus, cell = (widget.images.layers()[role] for role in ("nucleus", "whole_cell"))
    np.testing.assert_array_equal(nucleus.data, two_channels[0])
    np.testing.assert_array_equal(cell.data, two_channels[1])
    assert not widget.images.channels.isVisible()
    assert widget.images.notes.isVisible()
    assert "the first was taken for nuclei" in widget.images.notes.text()
    assert not widget.where.every_plane.isVisible()
    choose_method(widget, "watershed")
    widget.runs.run_button.click()
    qtbot.waitUntil(lambda: widget.current_run is None, timeout=60_000)
    assert viewer.layers[-1].data.shape == (128, 128)
    assert viewer.layers[-1].data.max() == 5


@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((2, 64, 64), 0),
        ((4, 64, 64), 0),
        ((9, 3, 64, 64), 1),
        ((3, 9, 64, 64), 0),
        ((64, 64, 2), 2),
        ((64, 64), None),
        ((5, 64, 64), None),
        ((1, 64, 64), None),
    ],
)
def test_which_axis(make_napari_viewer, shape, axis):
    layer = make_napari_viewer().add_image(np.zeros(shape, np.uint8), rgb=False)
    assert channel_axis(layer) == axis


def test_what_is_known_to_be_none(make_napari_viewer):
    viewer = make_napari_viewer()
    image = np.zeros((2, 64, 64), np.uint8)
    for options in (
        {"axis_labels": ("z", "y", "x")},
        {"axis_labels": ("T", "y", "x")},
        {"metadata": {"cellbench": {"samples": ["a", "b"]}}},
    ):
        assert channel_axis(viewer.add_image(image, **options)) is None
    assert channel_axis(viewer.add_image(np.zeros((2, 64, 3), np.uint8), rgb=True)) is None


@pytest.mark.parametrize("rotate", [0, 30])
@pytest.mark.parametrize("axis", [0, 1])
def test_channels_lie_where_the_stack_lay(make_napari_viewer, rotate, axis):
    viewer = make_napari_viewer()
    shape = (2, 5, 40, 50) if axis == 0 else (5, 2, 40, 50)
    turn = np.eye(4)
    a = np.deg2rad(rotate)
    turn[2:, 2:] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    viewer.add_image(np.zeros((10, 10)), name="below")
    layer = viewer.add_image(
        np.random.default_rng(0).random(shape),
        name="both",
        scale=(1, 3, 0.5, 0.25) if axis == 0 else (3, 1, 0.5, 0.25),
        translate=(0, 0, 7, 8),
        rotate=turn,
        metadata={"mine": 1, "cellbench": {"sample": "s", "notes": ["It was so."]}},
    )
    viewer.add_image(np.zeros((10, 10)), name="above")
    made = split_channels(viewer, layer, axis)
    assert [one.name for one in viewer.layers] == ["below", "both · 1", "both · 2", "above"]
    for i, one in enumerate(made):
        np.testing.assert_array_equal(one.data, layer.data.take(i, axis))
        assert one.metadata["mine"] == 1
        record = one.metadata["cellbench"]
        assert (record["sample"], record["role"]) == ("s", ("nucleus", "whole_cell")[i])
        assert record["notes"][0] == "It was so."
        for point in np.random.default_rng(1).uniform(0, 40, (5, 3)):
            whole = np.insert(point, axis, i)
            expected = np.delete(layer.data_to_world(whole), axis)
            np.testing.assert_allclose(one.data_to_world(point), expected)
        np.testing.assert_allclose(one.scale, np.delete(layer.scale, axis))


def test_notes_of_a_file_are_shown(qtbot, make_widget, blobs, tmp_path):
    path = tmp_path / "a_image.tif"
    with tifffile.TiffWriter(path) as writer:
        for image in (blobs[::4, ::4], blobs):
            writer.write(image, metadata=None)
    tifffile.imwrite(tmp_path / "a_labels.tif", (blobs > 200).astype(np.uint8))
    widget = make_widget()
    widget.viewer.show()
    notification_manager.records.clear()
    with pytest.warns(UserWarning, match="Number 1 was taken"):
        open_data(widget.viewer, path)
    qtbot.waitUntil(widget.images.notes.isVisible)
    assert "a_image.tif holds 2 images" in widget.images.notes.text()
