"""Make docs/images/correct.png: the Correct panel at work on a real image.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_correct_picture.py

StarDist's cells are looked through, and the pointer rests on a nucleus that has none: the outline
is what a click would add.
"""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPoint
from qtpy.QtTest import QTest

from napari_cellbench.widgets.correct.widget import CorrectWidget
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from picture_window import add_segmentation, arguments, open_window, take


def main() -> None:
    """Segment, take some cells away, look through, and point at one of them."""
    asked = arguments(__doc__, "correct.png")
    viewer = open_window(asked, 1280, 800)
    layer = add_segmentation(viewer, "stardist", "StarDist, fluorescent nuclei")
    truth = next(one for one in viewer.layers if one.metadata["cellbench"].get("truth"))
    truth.visible = False
    ids = np.unique(layer.data[180:330, 200:330])
    lost = int(ids[ids > 0][2])
    place = [float(at.mean()) for at in np.nonzero(layer.data == lost)]
    layer.data = np.where(layer.data == lost, 0, layer.data)
    widget = open_panel(viewer, CorrectWidget, "Correct")
    widget.form.labels.choose(layer)
    widget.form.review.look_button.click()
    while not widget.form.review.list.count():
        wait(50)
    widget.form.tools.buttons["point"].click()
    viewer.scene.camera.center = (0, *place)
    viewer.scene.camera.zoom = 5
    wait(300)
    canvas = viewer.window._qt_viewer.canvas
    node = canvas.layer_to_visual[layer].node
    mapped = node.get_transform("visual", "canvas").map([place[1] + 0.5, place[0] + 0.5, 0, 1])
    where = QPoint(round(mapped[0] / mapped[3]), round(mapped[1] / mapped[3]))
    while not widget.preview.is_shown:
        # The first answer may be of the time before the size of cells was known.
        QTest.mouseMove(canvas.native, where + QPoint(1, 1))
        QTest.mouseMove(canvas.native, where)
        wait(500)
    take(viewer, asked.output)


if __name__ == "__main__":
    main()
