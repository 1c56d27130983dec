"""Make docs/images/first-minute.gif: from an image to a score, and a slider that grows nuclei.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_first_minute.py

Every picture is the real window; waiting is shortened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import napari
from PIL import Image as Picture

from napari_cellbench.data.samples import open_demo
from napari_cellbench.widgets.adjust.widget import AdjustWidget
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from napari_cellbench.widgets.jobs.engines import shared_engine
from napari_cellbench.widgets.score.widget import ScoreWidget
from napari_cellbench.widgets.segment.widget import SegmentWidget

OUTPUT = Path(__file__).parents[1] / "docs" / "images" / "first-minute.gif"
SIZE = 960, 600
"""Of the film, in pixels; the window is a third larger."""
COLOURS = 96


class Film:
    """Pictures of a window, each shown for a while."""

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._pictures: list[Any] = []
        self._milliseconds: list[int] = []

    def take(self, milliseconds: int) -> None:
        """Take a picture of the window as it is."""
        window = self._viewer.screenshot(canvas_only=False, flash=False)
        picture = Picture.fromarray(window[..., :3]).resize(SIZE, Picture.Resampling.LANCZOS)
        self._pictures.append(picture)
        self._milliseconds.append(milliseconds)

    def save(self, path: Path) -> None:
        """Write the film with the colours of its last picture."""
        palette = self._pictures[-1].quantize(COLOURS, Picture.Quantize.MAXCOVERAGE, kmeans=3)
        few = [one.quantize(palette=palette, dither=Picture.Dither.NONE) for one in self._pictures]
        few[0].save(
            path,
            save_all=True,
            append_images=few[1:],
            duration=self._milliseconds,
            loop=0,
            optimize=True,
        )


def main() -> None:
    """Open, segment, score, grow."""
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1280, 800)
    for data, options, kind in open_demo():
        getattr(viewer, f"add_{kind}")(data, **options)
    viewer.layers[-1].visible = False
    segment = open_panel(viewer, SegmentWidget, "Segment")
    wait(1500)
    film = Film(viewer)
    film.take(1600)
    segment.run()
    while segment.current_run is not None:
        wait(400)
        film.take(150)
    viewer.layers[1].visible = True
    wait(500)
    film.take(1800)
    score = open_panel(viewer, ScoreWidget, "Score")
    score.form.review.map_button.setChecked(True)
    while score.form.review.map.layer is None:
        wait(100)
    wait(500)
    film.take(2200)
    score.form.review.map_button.setChecked(False)
    adjust = open_panel(viewer, AdjustWidget, "Adjust")
    for distance in (0, 1, 2, 3, 4, 3, 2, 1, 0, -1, -2, -3):
        adjust.form.distance.set_value(distance)
        wait(600)
        film.take(250)
    film.take(1500)
    film.save(OUTPUT)
    shared_engine().release()
    viewer.close()


if __name__ == "__main__":
    main()
