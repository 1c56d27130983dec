"""The buttons, the bar and the line of text with which a person follows a run."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ..choices import button, row_of
from .long_run import LongRun, RunState, RunStatus

STEPS = 1000
"""Of the bar."""


class RunBar(QWidget):
    """Run and Cancel, how far the run is, and what came of it.

    Parameters
    ----------
    title, tip
        Of the button that starts a run.
    cancel_tip
        Of the one that stops it: what is kept then.
    further
        Buttons that stand beside these.

    Signals
    -------
    asked
        The person wants to run.
    """

    asked = Signal()

    def __init__(self, title: str, tip: str, cancel_tip: str, *further: QPushButton) -> None:
        super().__init__()
        self.run: LongRun | None = None
        self._is_ready = True
        self.run_button, self.cancel_button = button(title, tip), button("Cancel", cancel_tip)
        self.run_button.setDefault(True)
        self.run_button.setMinimumHeight(32)
        self.bar, self.status = QProgressBar(), QLabel()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setRange(0, STEPS)
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.run_button.clicked.connect(self.asked)
        self.cancel_button.clicked.connect(self.cancel)
        buttons = row_of(self.run_button, self.cancel_button, *further)
        buttons.setStretch(0, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(buttons)
        layout.addWidget(self.bar)
        layout.addWidget(self.status)
        self.say("")

    def set_ready(self, is_ready: bool) -> None:
        """Say whether a run can start once none is under way."""
        self._is_ready = is_ready
        self.run_button.setEnabled(is_ready and self.run is None)

    def follow(self, run: LongRun) -> None:
        """Show a run until it has ended; to be called before it is started."""
        self.run = run
        self.status.setToolTip("")
        run.moved.connect(self._show)
        run.ended.connect(self._forget)
        self.set_ready(self._is_ready)

    def cancel(self) -> None:
        """Stop the run, if there is one."""
        if self.run is not None:
            self.run.cancel()

    def say(self, text: str, tip: str = "") -> None:
        """Show a text, and that nothing is under way."""
        self.cancel_button.setEnabled(False)
        self.bar.setRange(0, STEPS)
        self.bar.setValue(0)
        self.status.setText(text)
        self.status.setToolTip(tip)

    def _show(self, status: RunStatus) -> None:
        if status.state not in (RunState.STARTING, RunState.RUNNING, RunState.STOPPING):
            self.say(status.text)
            return
        self.cancel_button.setEnabled(status.state is not RunState.STOPPING)
        # Without an end in sight the bar only shows that something goes on.
        self.bar.setRange(0, 0 if status.state is RunState.STARTING else STEPS)
        self.bar.setValue(round(status.fraction * STEPS))
        self.status.setText(status.text)

    def _forget(self) -> None:
        self.run = None
        self.set_ready(self._is_ready)
