"""The Robustness tab: how much worse the image may be before a method fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QApplication,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ....compare.cache import ResultCache
from ....compare.queue import Queue
from ....compare.robustness import OWN_RESULT, Robustness, title_of_kind, to_csv
from ....data.degradations import DEGRADATIONS, degrade
from ....data.sizes import median_diameter
from ....data.source import whole
from ....engine import Entry
from ....errors import CellbenchError, InputError
from ...choices import button, row_of, scroll_area
from ...jobs.latest import LatestJob, Report
from ...jobs.run_bar import RunBar
from ...layers.source import Input
from ...notify import complain
from ...score.layers import check_truth
from ..results import Results
from .job import DegradedOrder, DegradedRun
from .levels import LevelsForm
from .plot import RobustnessPlot
from .preview import Preview
from .subject import Subject

ABOUT = (
    "Runs the methods that are ticked under Methods again, on this image made worse in steps. The "
    "degradations and levels are those of the Cellpose-SAM paper."
)


class RobustnessTab(QWidget):
    """Degradations, levels, the run, and its plot.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        Knows the images and the truth.
    """

    def __init__(self, viewer: Any, results: Results) -> None:
        super().__init__()
        self._viewer, self._results = viewer, results
        self._subject = Subject(viewer, results)
        self._entries: Callable[[], list[Entry]] = list
        self._queue: Queue | None = None
        self._closed = False
        # Whether what runs is of the images that are compared now.
        self._fits = False
        self.robustness: Robustness | None = None
        self.levels = LevelsForm()
        self.plot = RobustnessPlot(viewer)
        self.preview = Preview(viewer)
        self.job = LatestJob()
        self.reference = QLabel()
        self.runs = RunBar(
            "Run",
            "Run every ticked method on every degraded image",
            "Stop; what has been measured stays",
        )
        self.hide_button = button("Hide preview", "Remove the preview's layers")
        self.csv_button = button("Copy CSV", "All measurements at full precision")
        self._build()
        self._connect()
        self._show_images()
        self._show_state()

    def set_entries(self, entries: Callable[[], list[Entry]]) -> None:
        """Say what is run: called when Run is pressed."""
        self._entries = entries
        self._show_state()

    @property
    def current_run(self) -> DegradedRun | None:
        """What runs now; None for nothing."""
        return self.runs.run

    def run(self) -> None:
        """Run what is ticked on what the viewer shows."""
        if self.current_run is not None:
            return
        try:
            order = self._order()
        except CellbenchError as error:
            complain(error)
            return
        if self._queue is None:
            self._queue = Queue(ResultCache())
        run = DegradedRun(self._queue, order)
        self.runs.follow(run)
        run.measured.connect(self._show_measured)
        run.failed.connect(complain)
        run.ended.connect(lambda: self._end(run))
        self._fits, self.robustness = True, None
        self._show_state()
        run.start()

    def show_preview(self, kind: str, level: float) -> None:
        """Show the image at a level of a degradation."""
        try:
            of, index, region = self._subject.read()
            source, like = of.source(index), dict(of.layers)
            measure = (
                self._subject.sized(index, region) if DEGRADATIONS[kind].changes_size else None
            )
        except CellbenchError as error:
            complain(error)
            return

        def work(report: Report) -> None:
            diameter = median_diameter(measure.objects()) if measure is not None else None
            image = degrade(source.read(whole(source.shape)), kind, level, diameter=diameter)
            title = f"{title_of_kind(kind)} {level:g}"
            report((image, title, like, region or whole(of.shape[-2:])))

        self.job.submit(work)

    def close_tab(self) -> None:
        """Stop what runs, remove the preview, and follow the viewer no longer."""
        if self._closed:
            return
        self._closed = True
        self.job.stop()
        self.preview.hide()
        self.plot.close_plot()
        self._results.images_changed.disconnect(self._turn_to_images)
        self._results.truth_changed.disconnect(self._show_images)
        self._results.selection_changed.disconnect(self._show_images)
        # A run that is under way may take a second to stop, for which napari must not wait.
        if self.current_run is not None:
            self.current_run.close()
        elif self._queue is not None:
            self._queue.release()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Count anew what would be run: other methods may be ticked."""
        super().showEvent(event)
        self._show_state()

    def _order(self) -> DegradedOrder:
        entries = self._entries()
        if not entries:
            raise InputError("Tick at least one method in the tab Methods.")
        of, index, region = self._subject.read()
        truth = self._results.truth
        shown = self._subject.plane(truth, index, region) if truth in self._viewer.layers else None
        if shown is not None:
            check_truth(truth, shown.plane.leading)
        return DegradedOrder(
            source=of.source(index),
            roles=of.roles,
            image=of.first.name,
            truth=shown,
            truth_name=truth.name if shown is not None and truth is not None else "",
            selection=self._results.selection,
            entries=entries,
            levels=self.levels.levels(),
        )

    def _turn_to_images(self) -> None:
        """Forget what was measured on other images."""
        self.runs.cancel()
        self._fits, self.robustness = False, None
        self.plot.clear()
        self._show_images()

    def _show_images(self) -> None:
        images = self._results.images
        self.levels.set_channels(len(Input(images).roles) if images else 1)
        truth = self._results.truth
        left_out = self._results.selection.describe()
        self.reference.setText(
            f"Scores are against the truth, {truth.name}. {left_out}".rstrip()
            if truth is not None
            else f"There is no truth: scores are against each method's {OWN_RESULT}. They say how "
            "steady a method is, not how right."
        )
        self._show_state()

    def _show_state(self) -> None:
        running = self.current_run is not None
        entries = self._entries()
        self.runs.set_ready(bool(entries) and bool(self._results.images))
        self.csv_button.setEnabled(self.robustness is not None)
        if not running and self.robustness is None:
            self.runs.say(self._extent(len(entries)))

    def _extent(self, methods: int) -> str:
        if not self._results.images:
            return "Run the methods on an image first, in the tab Methods."
        if not methods:
            return "Tick methods in the tab Methods."
        try:
            images = 1 + sum(map(len, self.levels.levels().values()))
        except InputError as error:
            return str(error)
        plural = "" if methods == 1 else "s"
        return f"{methods} method{plural} on {images} images: {methods * images} runs."

    def _show_measured(self, robustness: Robustness) -> None:
        if not self._fits or self._closed:
            return
        self.robustness = robustness
        self.plot.show_robustness(robustness)

    def _end(self, run: DegradedRun) -> None:
        self._show_state()
        if self.robustness is None:
            return
        failures = self.robustness.failures()
        cancelled = "Cancelled; " if run.stop.is_set() else ""
        text = f"{cancelled}{len(self.robustness.measurements) - len(failures)} runs done"
        none = f", {len(failures)} without a result: rest the pointer here" if failures else ""
        self.runs.say(f"{text}{none}.", "\n".join(failures))

    def _show_preview(self, made: tuple[Any, ...]) -> None:
        self.preview.show(*made)

    def _connect(self) -> None:
        self._results.images_changed.connect(self._turn_to_images)
        self._results.truth_changed.connect(self._show_images)
        self._results.selection_changed.connect(self._show_images)
        self.levels.changed.connect(self._show_state)
        self.levels.preview_wanted.connect(self.show_preview)
        self.runs.asked.connect(self.run)
        self.hide_button.clicked.connect(self.preview.hide)
        self.csv_button.clicked.connect(self._copy)
        self.job.delivered.connect(self._show_preview, Qt.ConnectionType.QueuedConnection)
        self.job.failed.connect(complain)

    def _copy(self) -> None:
        if self.robustness is not None:
            QApplication.clipboard().setText(to_csv(self.robustness))

    def _build(self) -> None:
        about = QLabel(ABOUT)
        for label in (about, self.reference):
            label.setWordWrap(True)
        page = QWidget()
        column = QVBoxLayout(page)
        for widget in (about, self.levels, self.reference, self.runs, self.plot):
            column.addWidget(widget)
        column.addLayout(row_of(self.hide_button, self.csv_button))
        column.addStretch(1)
        area = scroll_area(page, frame=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
