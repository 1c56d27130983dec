"""The Train widget: set a run up, and follow it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QTabWidget, QVBoxLayout

from ...errors import CellbenchError
from ...training.run import Run
from ..docks import open_panel
from ..notify import complain
from ..panel import Panel
from .look import Look
from .new_tab import NewTab
from .runs_tab import RunsTab

if TYPE_CHECKING:
    import napari


class TrainWidget(Panel):
    """Trains a method in a process of its own, and follows all runs.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    WIDTH = 420

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(napari_viewer)
        self.new, self.runs = NewTab(napari_viewer), RunsTab(napari_viewer)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.new, "New")
        self.tabs.addTab(self.runs, "Runs")
        self._is_first = True
        layout = QVBoxLayout(self.content)
        layout.addWidget(self.tabs)
        self.new.started.connect(self._follow)
        self.new.start.more_button.clicked.connect(self._browse)
        self.runs.looked.connect(self._count)

    def train_on(self, folder: Path) -> None:
        """Set a run up that learns from a correction set."""
        try:
            self.new.learn.choose_set(folder)
        except CellbenchError as error:
            complain(error)
        self._is_first = False
        self.tabs.setCurrentWidget(self.new)

    def close_panel(self) -> None:
        """Follow the viewer no longer; the runs go on."""
        self.new.close_tab()
        self.runs.close_tab()

    def _follow(self, run: Run) -> None:
        self.runs.show_run(run.folder)
        self.tabs.setCurrentWidget(self.runs)

    def _browse(self) -> None:
        # It hands checkpoints to Segment, and knows the Gallery.
        from ..gallery.hand_over import browse

        browse(self.viewer, self.new.start.chosen().key, None)

    def _count(self, look: Look) -> None:
        """Say how many runs are under way; at first those are shown, if there are any."""
        count = sum(one.status.is_under_way for one in look.runs)
        self.tabs.setTabText(1, f"Runs ({count})" if count else "Runs")
        if self._is_first and count:
            self.tabs.setCurrentWidget(self.runs)
        self._is_first = False


def train_on(viewer: Any, folder: Path) -> None:
    """Show a correction set in the viewer's Train panel, opened if it isn't."""
    open_panel(viewer, TrainWidget, "Train").train_on(folder)
