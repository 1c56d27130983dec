"""Make docs/images/score.png: the Score widget with segmentations of a real image.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_score_picture.py

Any other image of a known method can be shown, in either theme: see ``--help``.
"""

from __future__ import annotations

from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from napari_cellbench.widgets.score.widget import ScoreWidget
from picture_window import add_segmentation, arguments, open_window, take


def main() -> None:
    """Segment, wait for the figures and the error map, and take the picture."""
    asked = arguments(__doc__, "score.png")
    viewer = open_window(asked, 1560, 960)
    phase = viewer.layers[0].metadata["cellbench"]["role"] == "phase"
    if phase:
        shown = add_segmentation(viewer, "cellpose_unet", "Cellpose, phase contrast")
    else:
        shown = add_segmentation(viewer, "watershed", "Watershed")
        add_segmentation(viewer, "stardist", "StarDist, fluorescent nuclei")
    widget = open_panel(viewer, ScoreWidget, "Score")
    widget.form.review.map_button.setChecked(True)
    while widget.form.review.map.layer is None:
        wait(100)
    viewer.layers.selection.active = shown
    viewer.reset_view()
    take(viewer, asked.output)


if __name__ == "__main__":
    main()
