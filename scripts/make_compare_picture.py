"""Make docs/images/compare.png: six ways to segment a real image, side by side with its truth.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/make_compare_picture.py

Any other image of a known method can be shown, in either theme, without its truth, and with another
tab or what the tiles show: see ``--help``. Results that are in the cache aren't computed again.
"""

from __future__ import annotations

from argparse import ArgumentParser

from napari.layers import Labels

from napari_cellbench.engine import Entry
from napari_cellbench.widgets.compare.widget import CompareWidget
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from picture_window import add_arguments, open_window, take

NUCLEI = (
    Entry("stardist", "stardist-nuclei-fluo"),
    Entry("stardist", "stardist-nuclei-fluo", {"prob_threshold": 0.8}),
    Entry("stardist", "stardist-nuclei-fluo", {"scale": 0.5}),
    Entry("watershed"),
    Entry("watershed", parameters={"diameter": 12.0}),
    Entry("watershed", parameters={"correction": 0.7}),
)
CELLS = (
    Entry("cellpose_unet", "cellpose-phase-contrast"),
    Entry("cellpose_unet", "cellpose-phase-contrast", {"cellprob_threshold": 2.0}),
    Entry("cellpose_unet", "cellpose-phase-contrast", {"diameter": 40.0}),
    Entry("cellpose_unet", "cellpose-phase-contrast", {"flow_threshold": 0.1}),
    Entry("watershed"),
    Entry("watershed", parameters={"diameter": 60.0}),
)
"""One good method each, and what goes wrong with other parameters or another method."""

PATIENCE = 10_000
"""For counts, error maps and another tab, in milliseconds; nothing tells when all are there."""


def main() -> None:
    """Run the methods, wait for the figures, and take the picture."""
    parser = ArgumentParser(description=__doc__)
    add_arguments(parser, "compare.png")
    parser.add_argument("--no-truth", action="store_true", help="leave the truth out")
    parser.add_argument("--show", default="outlines", help="outlines, filled, error map or hidden")
    parser.add_argument("--tab", default="Results", help="title of the tab that is open")
    asked = parser.parse_args()
    viewer = open_window(asked, 1560, 960)
    if asked.no_truth:
        viewer.layers.remove(next(layer for layer in viewer.layers if isinstance(layer, Labels)))
    phase = viewer.layers[0].metadata["cellbench"]["role"] == "phase"
    widget = open_panel(viewer, CompareWidget, "Compare")
    widget.methods.entries.add(CELLS if phase else NUCLEI)
    wait(500)
    viewer.reset_view()
    widget.methods.run()
    while widget.session.current_run is not None or not widget.table.figures.is_settled:
        wait(100)
    widget.table.bar.mode_buttons[asked.show].click()
    tabs = [widget.tabs.tabText(number) for number in range(widget.tabs.count())]
    widget.tabs.setCurrentIndex(tabs.index(asked.tab))
    widget.table.table.choose(widget.results.items()[0])
    wait(PATIENCE)
    widget.session.queue.release()
    take(viewer, asked.output)


if __name__ == "__main__":
    main()
