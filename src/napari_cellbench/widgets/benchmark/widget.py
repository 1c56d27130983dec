"""The Benchmark widget: opens an evaluation's folder, and follows it while it runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QFileDialog, QLabel, QSplitter, QVBoxLayout

from ...benchmark.folder import lines_file, parts
from ...benchmark.opening import Opened, open_row
from ...benchmark.report.contents import Experiment, Report, report_of
from ...benchmark.report.site import COLUMNS
from ...benchmark.results import read_cells
from ...benchmark.tables import KEY
from ..choices import ChoiceBox, button, row_of
from ..jobs.background import in_background
from ..panel import Panel
from .points import BenchmarkPlot
from .shown import ShownImage, drawn
from .table import Column, Row, RowsTable

if TYPE_CHECKING:
    import napari

LOOK = 3000
"""Milliseconds between two looks at whether the evaluation went on."""
METHODS = (
    Column("Method", "method", None),
    *(Column(one.title, one.key, one.decimals, one.tip) for one in COLUMNS),
)
IMAGES = (
    Column("Image", "image", None),
    Column("Group", "group", None),
    Column("Accuracy", "task_accuracy", 3, "Mean of mAP, AP50, AP75, AR50 and AR75"),
    Column("AP50", "AP50"),
    Column("PQ", "pq"),
    Column("Error", "error_rate"),
    Column("True", "n_truth", 0),
    Column("Found", "n_prediction", 0),
    Column("Seconds", "seconds", 2),
)
CELLS = (
    Column("What", "kind", None, "What became of the cell"),
    Column("True", "label", 0, "Its label in the truth"),
    Column("Found", "prediction", 0, "Label of what was found there"),
    Column("Pixels", "size", 0),
    Column("IoU", "iou", 2),
)


class BenchmarkWidget(Panel):
    """Shows methods, then a method's images, then an image's cells.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    WIDTH = 520

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(napari_viewer)
        self.folder: Path | None = None
        self.report: Report | None = None
        self._seen: Any = None
        self._reads = False
        self.open_button = button("Open results…", "A folder that `cellbench evaluate` writes")
        self.experiment = ChoiceBox("Task, or data set and what is segmented")
        self.state = QLabel("Open the folder of an evaluation.")
        self.state.setWordWrap(True)
        self.plot = BenchmarkPlot(napari_viewer)
        self.methods = RowsTable("Methods", METHODS)
        self.images_title, self.images = QLabel("Images"), RowsTable("Images", IMAGES)
        self.cells_title, self.cells = QLabel("Cells"), RowsTable("Cells", CELLS)
        self.shown = ShownImage(napari_viewer)
        self.timer = QTimer(self)
        self.timer.setInterval(LOOK)
        self._build()
        self.open_button.clicked.connect(self._ask)
        self.experiment.currentIndexChanged.connect(self._show_experiment)
        self.methods.chosen.connect(self._show_images)
        self.images.chosen.connect(self.show_image)
        self.plot.chosen.connect(self.show_image)
        self.cells.chosen.connect(self.shown.go_to)
        self.timer.timeout.connect(self._look)

    def close_panel(self) -> None:
        """Follow neither the evaluation nor the viewer."""
        self.timer.stop()
        self.plot.close_plot()
        self.shown.close()

    def open(self, folder: Path) -> None:
        """Show an evaluation, and follow it."""
        self.folder, self._seen = folder, None
        self.timer.start()
        self._look()

    def show_image(self, row: Row) -> None:
        """Open the image of a row of images, with its cells."""
        folder = self.folder
        if folder is None:
            return

        def read() -> tuple[Row, Opened, Any, list[Row]]:
            opened = open_row(folder, row)
            return row, opened, drawn(opened), _cells_of(folder, row)

        self.cells_title.setText(f"Reading {row['image']}…")
        in_background(read, self._show_opened)

    def _ask(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of an evaluation")
        if folder:
            self.open(Path(folder))

    def _look(self) -> None:
        if self.folder is None or self._reads:
            return
        seen = (self.folder, _signature(self.folder))
        if seen == self._seen:
            return
        self._seen, self._reads = seen, True
        in_background(partial(_read, self.folder), self._show_report)

    def _show_report(self, found: Report | Exception) -> None:
        self._reads = False
        if self.closing.is_closed:
            return
        if isinstance(found, Exception):
            # An evaluation that has just begun has no image yet; the next look comes.
            self.state.setText(str(found))
            return
        self.report = found
        failed = f", {found.failed:,} failed" if found.failed else ""
        self.state.setText(f"{found.folder.name}: {found.done:,} images{failed}. Means are macro.")
        before = self.experiment.currentText()
        self.experiment.blockSignals(True)
        self.experiment.clear()
        self.experiment.addItems([one.name for one in found.experiments])
        self.experiment.setCurrentIndex(max(self.experiment.findText(before), 0))
        self.experiment.blockSignals(False)
        self._show_experiment()

    def _experiment(self) -> Experiment | None:
        at = self.experiment.currentIndex()
        return self.report.experiments[at] if self.report is not None and at >= 0 else None

    def _show_experiment(self, *_: object) -> None:
        if (one := self._experiment()) is not None:
            self.methods.show_rows(one.methods)
            self.plot.show_experiment(one)

    def _show_images(self, method: Row) -> None:
        one = self._experiment()
        if one is None:
            return
        rows = one.rows.filter(entry=method["method"]).sort("task_accuracy", nulls_last=True)
        self.images_title.setText(f"Images of {method['method']}, the hardest first")
        self.images.show_rows(list(rows.iter_rows(named=True)))

    def _show_opened(self, found: tuple[Row, Opened, Any, list[Row]]) -> None:
        if self.closing.is_closed:
            return
        row, opened, errors, cells = found
        self.shown.show(opened, row, errors)
        self.cells_title.setText(f"Cells of {row['image']}, {row['entry']}: errors first")
        self.cells.show_rows(cells)

    def _build(self) -> None:
        splitter = QSplitter(Qt.Orientation.Vertical)
        for widget in (
            self.methods,
            self.plot,
            self.images_title,
            self.images,
            self.cells_title,
            self.cells,
        ):
            splitter.addWidget(widget)
        splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self.content)
        layout.addLayout(row_of(self.open_button, self.experiment))
        layout.addWidget(self.state)
        layout.addWidget(splitter, 1)


def _read(folder: Path) -> Report | Exception:
    from ...errors import CellbenchError

    try:
        return report_of(folder)
    except CellbenchError as error:
        return error


def _signature(folder: Path) -> Any:
    """Return what changes when an image ends."""
    try:
        found = parts(folder)
        return [(n, lines_file(folder, n).stat().st_size if own else 0) for n, own in found.items()]
    except OSError:
        return None


def _cells_of(folder: Path, row: Row) -> list[Row]:
    """Return an image's cells, errors before what matched."""
    same = pl.all_horizontal(pl.col(name).eq_missing(row[name]) for name in KEY)
    cells = read_cells(folder).filter(same)
    ordered = cells.sort(pl.col("kind") == "matched", maintain_order=True)
    return list(ordered.iter_rows(named=True))
