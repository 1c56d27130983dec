"""The tab of the Compare widget where a comparison is set up and run."""

from __future__ import annotations

import os
from typing import Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ....compare import State
from ....data.sample import Role
from ....errors import CellbenchError, InputError
from ...adjust.layers import suggested_truth
from ...choices import button, row_of
from ...input_groups import ImageGroup, WhereGroup
from ...jobs.background import in_background
from ...jobs.run_bar import RunBar
from ...layers.source import Input
from ...notify import complain
from ...score.layers import is_labels
from ...score.target import TruthBox
from ..entry_model import Line
from ..session import Session
from .panel import EntriesPanel
from .take_dialog import TakeDialog

REGION = "Region to compare"
"""Name of the shapes layer that the user draws the region in."""


class MethodsTab(QWidget):
    """Image, truth and region; the list of entries; what runs.

    Parameters
    ----------
    viewer
        napari's viewer.
    session
        Runs the entries.
    """

    def __init__(self, viewer: Any, session: Session) -> None:
        super().__init__()
        self.viewer, self.session, self.results = viewer, session, session.results
        self.images = ImageGroup(viewer)
        self.truth = TruthBox(viewer)
        self.where = WhereGroup(viewer, REGION)
        self.panel = EntriesPanel(self._roles, self.images.looks.kind)
        self.entries = self.panel.entries
        self.take_button = button("Take layers…", "Compare labels layers that are open already")
        self.at_once = QCheckBox("As many at once as memory allows")
        self.cancel_one_button = button("Cancel this one", "Stop the chosen entry only")
        self.runs = RunBar(
            "Run",
            "Run what is ticked",
            "Stop everything that runs or waits",
            self.cancel_one_button,
        )
        self.cache_button = button("Clear cache", "Results are kept, to be there at once")
        self._later = QTimer(self)
        self._build()
        self._connect()
        self._show_layers()
        self._show_truth()
        self._measure_cache()

    def run(self) -> None:
        """Run what is ticked."""
        if self.session.current_run is not None:
            return
        lines = self.entries.ticked()
        try:
            if not lines:
                raise InputError("Tick at least one method that can run here.")
            of = self.where.input(self.images.layers())
            self.session.run(of, self.where.index(of.first), lines)
        except CellbenchError as error:
            complain(error)

    def take(self) -> None:
        """Ask which labels layers are results, too."""
        others = [self.truth.layer(), *(item.layer for item in self.results.done())]
        free = [layer for layer in self.viewer.layers if is_labels(layer) and layer not in others]
        if not free:
            complain(InputError("There is no other labels layer: open or make one first."))
            return
        dialog = TakeDialog(free, self)
        dialog.accepted.connect(
            lambda: self.session.take_layers(dialog.chosen(), self.images.layers())
        )
        dialog.open()

    def close_tab(self) -> None:
        """Follow the viewer no longer."""
        self.images.close_group()
        self.where.close_group()
        self.truth.disconnect_layers()

    def _roles(self) -> tuple[Role, ...]:
        layers = self.images.layers()
        return Input(layers).roles if layers else ()

    def _show_layers(self) -> None:
        layers = self.images.layers()
        self.where.show_for(layers)
        if layers and self.truth.layer() is None:
            self.truth.choose(suggested_truth(next(iter(layers.values())), self.truth.layers()))
        self._show_run()

    def _show_truth(self) -> None:
        self.results.set_truth(self.truth.layer())

    def _choose_truth(self) -> None:
        """Show a truth that was set elsewhere, such as a consensus."""
        self.truth.choose(self.results.truth)

    def _show_run(self, *_: object) -> None:
        running = self.session.current_run is not None
        ready = bool(self.entries.ticked()) and bool(self.images.layers())
        self.runs.set_ready(ready)
        self.at_once.setEnabled(not running)
        line = self.panel.list.line()
        item = line.current if line is not None else None
        stoppable = item is not None and item.status.state in (State.WAITING, State.RUNNING)
        self.cancel_one_button.setEnabled(running and stoppable)

    def _show_news(self, line: Line) -> None:
        if line in self.entries.lines:
            self.entries.show_news(line)
        self._show_run()

    def _cancel_one(self) -> None:
        if (line := self.panel.list.line()) is not None:
            self.session.cancel_line(line)

    def _set_at_once(self, on: bool) -> None:
        self.session.set_at_once(os.cpu_count() if on else None)

    def _clear_cache(self) -> None:
        in_background(self.session.cache.clear, self._measure_cache)

    def _measure_cache(self, *_: object) -> None:
        in_background(self.session.cache.size, self._show_cache)

    def _show_cache(self, size: int) -> None:
        self.cache_button.setText(f"Clear cache ({size / 1e6:,.1f} MB)" if size else "Clear cache")
        self.cache_button.setEnabled(size > 0)

    def _connect(self) -> None:
        self.images.changed.connect(self._show_layers)
        # A truth may come after its image; its box takes it in before it can be chosen.
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._show_layers)
        self.truth.model().rowsInserted.connect(lambda *_: self._later.start(0))
        self.truth.chosen.connect(self._show_truth)
        self.results.truth_changed.connect(self._choose_truth)
        self.panel.list.chosen.connect(self._show_run)
        for signal in (
            self.entries.rowsInserted,
            self.entries.rowsRemoved,
            self.entries.dataChanged,
            self.session.started,
            self.session.ended,
        ):
            signal.connect(self._show_run)
        self.session.moved.connect(self._show_news)
        self.session.ended.connect(self._measure_cache)
        self.take_button.clicked.connect(self.take)
        self.at_once.toggled.connect(self._set_at_once)
        self.runs.asked.connect(self.run)
        self.session.started.connect(self.runs.follow)
        self.cancel_one_button.clicked.connect(self._cancel_one)
        self.cache_button.clicked.connect(self._clear_cache)

    def _build(self) -> None:
        self.truth.setToolTip("The layer with the ground truth, if there is one")
        self.images.rows.addRow("Truth", self.truth)
        self.at_once.setToolTip(
            "Else one after another. A method that ran before is started beside others if what it "
            "needed then is free."
        )
        layout = QVBoxLayout(self)
        layout.addWidget(self.images)
        layout.addWidget(self.where)
        layout.addWidget(self.panel, 1)
        layout.addWidget(self.at_once)
        layout.addWidget(self.runs)
        layout.addLayout(row_of(self.take_button, self.cache_button))
