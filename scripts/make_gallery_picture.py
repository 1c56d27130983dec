"""Make docs/images/gallery.png: the Gallery widget with SegGal's models of Swin-S.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_gallery_picture.py

Downloads and settings are of the script's own: one checkpoint seems to be there, a file of zeros.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from napari_cellbench.checkpoints import get_checkpoint, location
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from napari_cellbench.widgets.gallery.widget import GalleryWidget
from picture_window import arguments, open_window, take

THERE = "seggal-swin-s-cells-dual-all"
SIZE = 276_000_000
"""About that of a network of 69 million weights, in bytes."""


def main() -> None:
    """Search, choose a model, and take the picture."""
    asked = arguments(__doc__, "gallery.png")
    file = location(get_checkpoint(THERE))
    file.parent.mkdir(parents=True)
    with file.open("wb") as zeros:
        zeros.truncate(SIZE)
    viewer = open_window(asked, 1560, 960)
    gallery = open_panel(viewer, GalleryWidget, "Gallery")
    gallery.filters.search.setText("two channels")
    gallery.filters.target.setCurrentText("Whole cells")
    gallery.table.choose(THERE)
    wait(1000)
    viewer.reset_view()
    take(viewer, asked.output)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"CELLBENCH_CACHE": folder, "CELLBENCH_CONFIG": str(Path(folder) / "config")}
        main()
