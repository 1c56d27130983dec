"""Shapes of cells as features of a layer."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.draw import ellipse
from skimage.measure import regionprops_table

from napari_cellbench.data.units import PixelSize
from napari_cellbench.errors import InputError
from napari_cellbench.morphology import shape_features
from napari_cellbench.widgets.adjust.widget import AdjustWidget
from napari_cellbench.widgets.shapes import feature_table, measure_active_layer

TIMEOUT = 60_000


@pytest.fixture
def cells() -> np.ndarray:
    """Three ellipses with the ids 2, 5 and 9."""
    labels = np.zeros((60, 90), np.int32)
    for label, place in ((2, (20, 20, 12, 6)), (9, (30, 50, 8, 8)), (5, (40, 75, 5, 10))):
        labels[ellipse(*place)] = label
    return labels


def test_table(cells):
    table = feature_table(cells, PixelSize(0.5, 0.5))
    assert table["index"].tolist() == [2, 5, 9]
    asked = ("area", "eccentricity", "perimeter", "axis_major_length", "centroid")
    reference = regionprops_table(cells, properties=asked)
    np.testing.assert_array_equal(table["size_px"], reference["area"])
    np.testing.assert_allclose(table["size_um2"], reference["area"] / 4)
    np.testing.assert_allclose(table["eccentricity"], reference["eccentricity"])
    for name in ("perimeter", "axis_major_length"):
        np.testing.assert_allclose(table[f"{name}_um"], reference[name] / 2)
    np.testing.assert_allclose(table["centroid-0"], reference["centroid-0"])
    np.testing.assert_allclose(table["convexity"], shape_features(cells)["convexity"])


def test_table_without_a_pixel_size(cells):
    table = feature_table(cells, None)
    assert not [name for name in table if "um" in name]
    reference = regionprops_table(cells, properties=("perimeter", "axis_major_length"))
    np.testing.assert_allclose(table["perimeter"], reference["perimeter"])


def test_pixels_that_are_not_square(cells):
    """As if each pixel were repeated, which makes them square."""
    table = feature_table(cells, PixelSize(1.0, 0.25))
    square = feature_table(np.repeat(cells, 4, axis=0), PixelSize(0.25, 0.25))
    np.testing.assert_allclose(table["size_um2"], square["size_um2"])
    for name in ("eccentricity", "axis_major_length_um", "axis_minor_length_um", "orientation"):
        np.testing.assert_allclose(table[name], square[name], rtol=0.02, atol=0.02)
    np.testing.assert_allclose(table["outline_um"], square["outline_um"], rtol=0.15)
    assert "perimeter_um" not in table


def test_no_labels():
    with pytest.raises(InputError, match="between 0 and"):
        feature_table(np.full((3, 3), -1), None)
    assert len(feature_table(np.zeros((5, 5), int), None)) == 0


def test_button_fills_the_layers_features(qtbot, make_napari_viewer, cells):
    viewer = make_napari_viewer()
    scale = {"scale": (0.5, 0.5), "units": ("micrometer",) * 2}
    layer = viewer.add_labels(cells, **scale)
    widget = AdjustWidget(viewer)
    widget.form.measure_button.click()
    qtbot.waitUntil(lambda: "convexity" in layer.features, timeout=TIMEOUT)
    assert layer.features["index"].tolist() == [2, 5, 9]
    assert "size_um2" in layer.features
    status = layer.get_status((15, 25), world=True)
    assert f"size_px: {(cells == 9).sum()}" in status["value"] + status["coordinates"]
    widget.closing()


def test_command_measures_the_plane_that_is_shown(qtbot, make_napari_viewer, cells):
    viewer = make_napari_viewer()
    stack = np.stack([cells, np.where(cells == 9, 9, 0)])
    layer = viewer.add_labels(stack)
    viewer.dims.set_point(0, 1)
    measure_active_layer(viewer)
    qtbot.waitUntil(lambda: "convexity" in layer.features, timeout=TIMEOUT)
    assert layer.features["index"].tolist() == [9]
