"""What a panel shows of one run."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QLabel, QPlainTextEdit, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ...training.outcome import is_finer, verdict
from ..choices import button, row_of
from ..folded import folded
from .curves_plot import CurvesPlot
from .figures_table import FiguresTable
from .look import Look, Seen
from .run_list import in_words

STEPS = 1000
"""Of the bar."""
LOG_HEIGHT = 120
RESUMABLE = ("stopped", "failed", "lost")


class RunView(QWidget):
    """State, curves, figures, log, and what can be done.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    asked(what)
        A button was pressed; `what` is its key in `buttons`.
    """

    asked = Signal(str)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.about, self.message = QLabel(), QLabel()
        self.verdict, self.notes = QLabel(), QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setRange(0, STEPS)
        self.curves, self.table = CurvesPlot(viewer), FiguresTable()
        self.log = QPlainTextEdit()
        self.buttons = {
            "stop": button("Stop", "Save what was learnt, and end; it can be resumed"),
            "resume": button("Resume", "Go on where the run stopped"),
            "remove": button("Remove…", "Delete the run’s files, its checkpoint too"),
            "folder": button("Folder", "Show the run’s files"),
            "new": button(
                "Use the new checkpoint", "Put it in the Gallery, and choose it in Segment"
            ),
            "old": button("Use the old one", "Choose the checkpoint it started from in Segment"),
            "sample": button("Show sample", "What it finds now in an image that it is measured on"),
        }
        for key, one in self.buttons.items():
            one.clicked.connect(lambda *_, key=key: self.asked.emit(key))
        self._build()

    def show_look(self, look: Look, *, busy: bool) -> None:
        """Show a run as it was at a look.

        Parameters
        ----------
        look
            The look.
        busy
            Whether something is being done with the run.
        """
        seen = look.chosen
        self.setVisible(seen is not None)
        if seen is None:
            return
        self.curves.show_curves(look.curves)
        self._show_status(seen)
        if look.log != self.log.toPlainText():
            self.log.setPlainText(look.log)
            self.log.verticalScrollBar().setValue(self.log.verticalScrollBar().maximum())
        self._enable(seen, look.sample is not None, busy)

    def close_view(self) -> None:
        """Follow the viewer's theme no longer."""
        self.curves.close_plot()

    def _show_status(self, seen: Seen) -> None:
        plan, status = seen.plan, seen.status
        start = plan.start if plan.start is not None else "random weights"
        facts = [f"From {start}, on {plan.train.name}"]
        if status.device:
            facts.append(status.device.upper())
        if status.memory:
            facts.append(f"{status.memory / 1e9:.1f} GB")
        _say(self.about, " · ".join(facts))
        self.about.setToolTip(str(plan.train))
        loss = f", loss {status.loss:.3g}" if status.loss is not None else ""
        steps = f" Step {status.step:,} of {status.steps:,}{loss}." if status.steps else ""
        told = status.message if status.state in RESUMABLE and status.message else in_words(status)
        _say(self.message, f"{told.rstrip('.')}.{steps}")
        is_measuring = status.is_under_way and not status.steps
        self.bar.setRange(0, 0 if is_measuring else STEPS)
        self.bar.setValue(round(STEPS * status.step / status.steps) if status.steps else 0)
        self.bar.setVisible(status.state != "finished")
        self.table.show_status(status)
        _say(self.verdict, verdict(status))
        _say(self.notes, "\n".join(status.notes))

    def _enable(self, seen: Seen, has_sample: bool, busy: bool) -> None:
        status, able = seen.status, self.buttons
        able["stop"].setVisible(status.is_under_way)
        able["stop"].setEnabled(status.state != "stopping" and not busy)
        able["resume"].setVisible(not status.is_under_way)
        able["resume"].setEnabled(status.state in RESUMABLE and not busy)
        able["remove"].setEnabled(not status.is_under_way and not busy)
        is_done = status.state == "finished" and status.checkpoint is not None
        able["new"].setEnabled(is_done)
        able["new"].setDefault(is_done and is_finer(status) is not False)
        able["old"].setEnabled(seen.plan.start is not None)
        able["sample"].setEnabled(has_sample)

    def _build(self) -> None:
        for label in (self.about, self.message, self.verdict, self.notes):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self.about, self.notes):
            label.setStyleSheet("font-size: 11px;")
        self.log.setReadOnly(True)
        self.log.setFixedHeight(LOG_HEIGHT)
        self.log.setAccessibleName("Log")
        self.log.setToolTip("What the process said last")
        self.log.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        of = self.buttons
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row_of(of["stop"], of["resume"], of["remove"], of["folder"]))
        for part in (self.message, self.bar, self.about, self.curves, self.table, self.verdict):
            column.addWidget(part)
        column.addLayout(row_of(of["new"], of["old"]))
        column.addWidget(of["sample"])
        column.addWidget(self.notes)
        column.addWidget(folded("Log", "What the process said last", self.log))
        column.addStretch(1)


def _say(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
