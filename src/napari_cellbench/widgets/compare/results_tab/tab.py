"""The tab of the Compare widget with the table of results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QApplication,
    QFileDialog,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ....compare.robustness import Robustness
from ....compare.table import score_notes, to_csv, to_markdown
from ....errors import CellbenchError, InputError
from ...choices import button, row_of
from ...correction_set import Chosen, SetButton
from ...jobs.background import in_background
from ...layers.in_front import show_alone
from ...notify import complain, tell
from ...panel import MARGIN
from ...selection_box import SelectionBox
from ..grid.bar import GridBar
from ..results import Item
from ..session import Session
from .actions import ResultActions
from .figures import Figures
from .report import report_job
from .table import ResultTable


class ResultsTab(QWidget):
    """Table, and what can be done with it.

    Parameters
    ----------
    session
        Knows results and viewer.
    robustness
        Returns what was measured of it, for the report; None for nothing.
    """

    def __init__(self, session: Session, robustness: Callable[[], Robustness | None]) -> None:
        super().__init__()
        self.session, self.results = session, session.results
        self._robustness = robustness
        self._selection = session.viewer.layers.selection.events
        self.figures = Figures(session.viewer, self.results, self)
        self.table = ResultTable()
        self.bar = GridBar(session, self.figures)
        self.left_out, self.selection = QLabel("Leave out"), SelectionBox()
        self.actions = ResultActions(session, self, self.bar.stack)
        self.note = QLabel()
        self._refused = ""
        self.markdown_button = button("Copy Markdown", "The table, for a text")
        self.csv_button = button(
            "Copy CSV", "The table at full precision and its notes, for a spreadsheet"
        )
        self.report_button = button("Report…", "One page with everything, to attach to a paper")
        self.set_button = SetButton(session.viewer, self._result)
        self._build()
        self._connect()
        self._show()

    def close_tab(self) -> None:
        """Go back to the stacked view, and compute nothing more."""
        self._selection.active.disconnect(self._follow_selection)
        self.bar.close_bar()
        self.figures.close_figures()

    def report(self, path: Path) -> None:
        """Write the report; returns at once."""
        try:
            job = report_job(self.session, path, self._robustness())
        except CellbenchError as error:
            complain(error)
            return
        in_background(job, lambda written: tell(f"Saved {written.name}."))

    def _result(self) -> Chosen:
        """Return the layer of the current row, with the images that are compared on."""
        item = self.table.item()
        if item is None or item.layer is None:
            raise InputError("Choose a row with a result, whose labels are to be learnt from.")
        return item.layer, dict(self.results.images) or None

    def _ask_to_report(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the report", "comparison.html", "Web page (*.html)"
        )
        if path:
            self.report(Path(path))

    def _show(self, *_: object) -> None:
        rows = self.figures.rows()
        self.table.show_rows(self.results.items(), rows)
        for one in (self.markdown_button, self.csv_button):
            one.setEnabled(bool(rows))
        self.report_button.setEnabled(bool(self.results.done()))
        for part in (self.left_out, self.selection):
            part.setVisible(self.results.truth is not None)
        notes = [self.figures.problem] if self.figures.problem else score_notes(self._rows())
        note = "\n".join(filter(None, [self._refused, *notes]))
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _select(self) -> None:
        """Take over what is left out; limits that exclude each other change nothing."""
        try:
            self._refused = ""
            self.results.set_selection(self.selection.selection())
        except InputError as error:
            self._refused = f"{error} Until then the figures stay."
        self._show()

    def _choose(self, item: Item) -> None:
        """Select a row's layer; in the stacked view it is the one that is seen."""
        viewer = self.session.viewer
        is_new = item.layer is not None and item.layer is not viewer.layers.selection.active
        self.bar.grid.focus(item)
        if is_new and not self.bar.grid.shown:
            show_alone(viewer, item.layer, self.results.images.values())

    def _follow_selection(self, event: Any) -> None:
        """Make the row of the selected layer current: a click on a tile selects its layer."""
        for item in self.results.done():
            if item.layer is event.value:
                self.table.choose(item)

    def _ask(self, position: Any) -> None:
        item = self.table.item_at(position)
        if item is not None:
            self.actions.menu(item).popup(self.table.viewport().mapToGlobal(position))

    def _copy(self, text: str) -> None:
        QApplication.clipboard().setText(text)

    def _rows(self) -> list[Any]:
        return [row for _, row in self.figures.rows()]

    def _connect(self) -> None:
        self.figures.changed.connect(self._show)
        self.results.added.connect(self._show)
        self.results.truth_changed.connect(self._show)
        self.selection.changed.connect(self._select)
        self.table.chosen.connect(self._choose)
        self._selection.active.connect(self._follow_selection)
        self.table.customContextMenuRequested.connect(self._ask)
        self.markdown_button.clicked.connect(lambda: self._copy(to_markdown(self._rows())))
        self.report_button.clicked.connect(self._ask_to_report)
        self.csv_button.clicked.connect(lambda: self._copy(to_csv(self._rows())))

    def _build(self) -> None:
        self.note.setWordWrap(True)
        self.note.setStyleSheet("font-size: 11px;")
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.addWidget(self.bar)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        choice = QFormLayout()
        choice.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        choice.addRow(self.left_out, self.selection)
        layout.addLayout(choice)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)
        layout.addLayout(row_of(self.markdown_button, self.csv_button, self.report_button))
        layout.addWidget(self.set_button)
