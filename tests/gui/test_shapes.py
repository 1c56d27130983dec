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
    table = feature_table(cells, PixelSize(1.0, 0.25))
    assert table["index"].tolist() == [2, 5, 9]
    reference = regionprops_table(cells, properties=("area", "eccentricity"))
    np.testing.assert_array_equal(table["size_px"], reference["area"])
    np.testing.assert_allclose(table["size_um2"], reference["area"] / 4)
    np.testing.assert_allclose(table["eccentricity"], reference["eccentricity"])
    np.testing.assert_allclose(table["convexity"], shape_features(cells)["convexity"])
    assert "size_um2" not in feature_table(cells, None)


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
    widget.close_adjust()


def test_command_measures_the_plane_that_is_shown(qtbot, make_napari_viewer, cells):
    viewer = make_napari_viewer()
    stack = np.stack([cells, np.where(cells == 9, 9, 0)])
    layer = viewer.add_labels(stack)
    viewer.dims.set_point(0, 1)
    measure_active_layer(viewer)
    qtbot.waitUntil(lambda: "convexity" in layer.features, timeout=TIMEOUT)
    assert layer.features["index"].tolist() == [9]
