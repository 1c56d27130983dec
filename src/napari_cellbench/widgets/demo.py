"""The main job, shown: a real image, its segmentation and its score, in napari."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imageio.v3 as iio
import napari
from napari.layers import Labels
from qtpy.QtCore import QEventLoop, QTimer

from ..data.record import record_of
from ..data.samples import open_demo
from ..errors import CellbenchError
from ..files.outputs import export_text, exporting
from ..scoring import score
from .docks import open_panel
from .segment.widget import SegmentWidget

if TYPE_CHECKING:
    from ..scoring import Score

SHOWN = {
    "n_truth": "cells in the truth",
    "n_prediction": "cells found",
    "AP50": "AP50 (COCO)",
    "mAP": "mAP .5:.95 (COCO)",
    "f1@0.5": "F1 at IoU 0.5",
    "accuracy@0.5": "TP/(TP+FP+FN) at IoU 0.5",
    "accuracy@0.7": "TP/(TP+FP+FN) at IoU 0.7",
    "pq": "panoptic quality",
}
"""Figures of the demo's table, with what they are called there."""


def run_demo(output: Path, report: Callable[[str], None], *, headless: bool) -> None:
    """Open the demo image, segment it with the bundled nuclei checkpoint, score and show it.

    Parameters
    ----------
    output
        Folder for ``demo.png``, ``demo_score.json``, ``demo_score.md`` and ``demo_labels.tif``.
    report
        Called with the table, in Markdown.
    headless
        Close napari once the files are written, instead of leaving it to the user.

    Raises
    ------
    CellbenchError
        If the run fails.
    """
    viewer = napari.Viewer(title="napari-cellbench demo", show=True)
    widget = open_panel(viewer, SegmentWidget, "Segment")
    shown = False
    try:
        report(_show(viewer, widget, output))
        shown = True
    finally:
        if headless or not shown:
            widget.engine.release()
            viewer.close()
    if not headless:
        napari.run()


def _show(viewer: Any, widget: SegmentWidget, output: Path) -> str:
    """Do the main job in the window, write the files, and return the table."""
    viewer.window.resize(1500, 950)
    for data, options, kind in open_demo():
        getattr(viewer, f"add_{kind}")(data, **options)
    wait(500)
    widget.run()
    while widget.current_run is not None:
        wait(50)
    truth, found = _layers(viewer)
    result = score(truth.data, found.data)
    figures = table(result)
    _outline(truth, found)
    overlay = viewer.canvas.overlays.text
    overlay.text = (
        f"{figures['n_prediction']} found, {figures['n_truth']} in the truth   "
        f"AP50 {figures['AP50']:.3f}   F1 {figures['f1@0.5']:.3f} (IoU 0.5)"
    )
    overlay.visible = True
    wait(500)
    return save(output, viewer, found, result, figures)


def table(result: Score) -> dict[str, float]:
    """Pick the figures of `SHOWN` from a score."""
    everything = result.to_dict()
    for name in ("f1", "accuracy"):
        for threshold, value in zip(everything["thresholds"], everything[name], strict=True):
            everything[f"{name}@{threshold:g}"] = value
    return {key: everything[key] for key in SHOWN}


def save(output: Path, viewer: Any, found: Labels, result: Score, figures: dict[str, float]) -> str:
    """Write the picture of the window, the table and the labels; return the table."""
    output.mkdir(parents=True, exist_ok=True)
    rows = [f"| {SHOWN[key]} | {value:.4g} |" for key, value in figures.items()]
    markdown = "\n".join(["| figure | value |", "|---|---|", *rows])
    # The labels first: what comes after them may fail.
    found.save(str(output / "demo_labels.tif"), plugin="napari-cellbench")
    export_text(output / "demo_score.md", f"{markdown}\n")
    record = {"score": result.to_dict(), "provenance": record_of(found)}
    export_text(output / "demo_score.json", json.dumps(record, indent=2))
    picture = viewer.screenshot(canvas_only=False, flash=False)
    with exporting(output / "demo.png") as file:
        iio.imwrite(file, picture, extension=".png", plugin="pillow")
    return markdown


def wait(milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec_()


def _layers(viewer: Any) -> tuple[Labels, Labels]:
    labels = [layer for layer in viewer.layers if isinstance(layer, Labels)]
    found = [layer for layer in labels if not record_of(layer)["truth"]]
    if not found:
        raise CellbenchError("The demo found nothing: napari's message above says why.")
    truth = next(layer for layer in labels if record_of(layer)["truth"])
    return truth, found[-1]


def _outline(truth: Labels, found: Labels) -> None:
    """Show the truth as outlines over the filled prediction."""
    truth.contour = 2
    truth.opacity = 1
    found.opacity = 0.5
