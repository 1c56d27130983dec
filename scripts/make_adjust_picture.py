"""Make docs/images/adjust.png: the Adjust widget on real nuclei, in napari.

Needs a display (``xvfb-run -s "-screen 0 1600x1000x24"`` will do) and StarDist, which carries the
image. The truth is opened twice: shrunk by 3 pixels it stands for a result that is too small.
"""

from __future__ import annotations

import sys
from pathlib import Path

import napari

from napari_cellbench.data.samples import open_demo
from napari_cellbench.morphology import GrowthField
from napari_cellbench.widgets.adjust import AdjustWidget
from napari_cellbench.widgets.demo import wait

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "adjust.png"
SHRUNK_BY = 3


def main(theme: str = "dark", picture: Path = PICTURE) -> None:
    """Open the widget, find the best distance, use it, and take the picture."""
    viewer = napari.Viewer(show=True)
    viewer.theme = theme
    viewer.window.resize(1500, 980)
    for data, options, kind in open_demo():
        layer = getattr(viewer, f"add_{kind}")(data, **options)
    layer.visible = False
    small = GrowthField(layer.data, SHRUNK_BY).at(-SHRUNK_BY, "seed")
    own = {**layer.metadata["cellbench"], "truth": False}
    viewer.add_labels(small, name="nuclei, too small", metadata={"cellbench": own})
    viewer.layers.selection.active = viewer.layers[-1]
    for other in viewer.layers:
        other.scale, other.units = (0.5, 0.5), ("micrometer", "micrometer")
    widget = AdjustWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Adjust", area="right")
    viewer.reset_view()
    widget.form.best.find()
    while widget.form.best.curve is None:
        wait(50)
    widget.form.best.use_button.click()
    while widget.job.busy:
        wait(50)
    viewer.camera.zoom *= 2.2
    wait(1000)
    picture.parent.mkdir(parents=True, exist_ok=True)
    viewer.screenshot(str(picture), canvas_only=False, flash=False)
    viewer.close()


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(Path, sys.argv[2:3]))
