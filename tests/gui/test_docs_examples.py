"""The panel that the documentation shows works, and leaves nothing behind."""

import runpy
from pathlib import Path

import numpy as np
from napari.components import ViewerModel

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "count_panel.py"


def test_count_panel_follows_the_layer(qtbot):
    viewer = ViewerModel()
    labels = np.zeros((30, 40), np.int32)
    labels[2:5, 2:5], labels[10:14, 20:24] = 1, 7
    layer = viewer.add_labels(labels)
    panel = runpy.run_path(str(EXAMPLE))["CountPanel"](viewer)
    assert panel.answer.text() == "Choose a labels layer."
    panel.layer.choose(layer)
    qtbot.waitUntil(lambda: panel.answer.text() == "Cells: 2")
    layer.fill((10, 20), 0)
    qtbot.waitUntil(lambda: panel.answer.text() == "Cells: 1")
    layer.data = np.eye(9, dtype=np.int32) * np.arange(9)
    qtbot.waitUntil(lambda: panel.answer.text() == "Cells: 8")
    viewer.layers.remove(layer)
    assert panel.answer.text() == "Choose a labels layer."
    panel.closing()
    viewer.add_labels(labels)
    assert panel.layer.layers() == []
