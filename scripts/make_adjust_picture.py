"""Make docs/images/adjust.png: the Adjust widget on real nuclei, at the best distance.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_adjust_picture.py

Any other image of a known method can be shown, in either theme: see ``--help``. The segmentation is
shrunk by 3 pixels first: it stands for nuclei that are to be grown to cells.
"""

from __future__ import annotations

from napari_cellbench.morphology import GrowthField
from napari_cellbench.widgets.adjust.widget import AdjustWidget
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from picture_window import add_segmentation, arguments, open_window, take

SHRUNK_BY = 3


def main() -> None:
    """Find the best distance, use it, and take the picture."""
    asked = arguments(__doc__, "adjust.png")
    asked.pixel_size = asked.pixel_size or 0.5
    viewer = open_window(asked, 1500, 980)
    phase = viewer.layers[0].metadata["cellbench"]["role"] == "phase"
    layer = add_segmentation(viewer, "cellpose_unet" if phase else "stardist", "too small")
    layer.data = GrowthField(layer.data, SHRUNK_BY).at(-SHRUNK_BY, "seed")
    layer.visible = True
    viewer.layers.selection.active = layer
    widget = open_panel(viewer, AdjustWidget, "Adjust")
    viewer.reset_view()
    best = widget.form.best
    best.find_button.click()
    while best.curve is None:
        wait(50)
    best.use_button.click()
    while widget.job.busy:
        wait(50)
    viewer.scene.camera.zoom *= 1.6
    take(viewer, asked.output)


if __name__ == "__main__":
    main()
