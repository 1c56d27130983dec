"""Makes docs/images/score.png: the Score widget on a real image, with two segmentations.

It needs a display of 1600 x 1000 pixels, such as Xvfb's.
"""

from __future__ import annotations

from pathlib import Path

import napari
import numpy as np
from scipy import ndimage
from skimage.filters import gaussian, threshold_otsu
from skimage.measure import label
from skimage.segmentation import watershed

from napari_cellbench.data.samples import open_demo
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.score import ScoreWidget

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "score.png"


def main() -> None:
    """Open the window, wait for the figures, and write the picture."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1560, 960)
    for data, options, kind in open_demo():
        getattr(viewer, f"add_{kind}")(data, **options)
    image = next(layer for layer in viewer.layers if layer._type_string == "image")
    bright = gaussian(image.data, 1) > threshold_otsu(gaussian(image.data, 1))
    viewer.add_labels(label(bright), name="Threshold")
    depth = gaussian(ndimage.distance_transform_edt(bright), 2)
    seeds = label((depth == ndimage.maximum_filter(depth, 9)) & bright)
    split = watershed(-depth, seeds, mask=bright)
    viewer.add_labels(split.astype(np.int32), name="Watershed on distance")
    for layer in viewer.layers:
        layer.visible = layer is image
    widget = ScoreWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Score", area="right")
    widget.map_button.setChecked(True)
    while widget.error_map.layer is None:
        wait(100)
    wait(1000)
    PICTURE.parent.mkdir(exist_ok=True)
    viewer.screenshot(str(PICTURE), canvas_only=False, flash=False)
    viewer.close()


if __name__ == "__main__":
    main()
