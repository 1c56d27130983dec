"""The row of buttons that chooses between grid and stack, and what the tiles show."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ....errors import CellbenchError
from ...choices import button
from ...notify import complain
from ..results import Item
from ..results_tab.figures import Figures
from ..session import Session
from .looks import Mode
from .view import GridView

MODES = {
    Mode.OUTLINES: ("Outlines", "Outlines over the image"),
    Mode.FILLED: ("Filled", "Filled cells over the image"),
    Mode.ERROR_MAP: ("Errors", "What is found, missed and wrong; needs a truth"),
    Mode.HIDDEN: ("Image", "The image alone, without cells"),
}


class GridBar(QWidget):
    """Shows the grid and follows it; a run of several entries shows it by itself.

    Parameters
    ----------
    session
        Knows results and viewer.
    figures
        What the tiles' titles tell.
    """

    def __init__(self, session: Session, figures: Figures) -> None:
        super().__init__()
        self._session, self._figures = session, figures
        self._unasked = False
        self.grid = GridView(session.viewer, session.results)
        self.grid.set_titles(self._title)
        self.grid_button = button("Grid", "One tile a result; again for the stacked view")
        self.grid_button.setCheckable(True)
        self.mode_buttons = {mode: button(*texts) for mode, texts in MODES.items()}
        self._modes = QButtonGroup(self)
        self._build()
        self._connect()
        self._show()

    def stack(self) -> None:
        """Go back to the stacked view."""
        self.grid.hide()

    def close_bar(self) -> None:
        """Go back to the stacked view, and follow nothing any longer."""
        self.grid.close_grid()

    def _toggle(self, on: bool) -> None:
        try:
            if on:
                self.grid.show()
            else:
                self.grid.hide()
        except CellbenchError as error:
            complain(error)
        self._show()

    def _set_mode(self, chosen: QPushButton) -> None:
        mode = next(mode for mode, one in self.mode_buttons.items() if one is chosen)
        try:
            self.grid.set_mode(mode)
        except CellbenchError as error:
            complain(error)
        self._show()

    def _offer(self) -> None:
        """Show the grid with the first result of several that are being run."""
        lines = len(self._session.results.items())
        self._unasked = lines > 1 and not self.grid.shown

    def _follow(self, item: Item) -> None:
        if self._unasked and item.layer is not None:
            self._unasked = False
            self._toggle(True)
        self._show()

    def _show(self, *_: object) -> None:
        """Let the buttons say what the grid is."""
        results, shown = self._session.results, self.grid.shown
        self.grid_button.setChecked(shown)
        self.grid_button.setEnabled(shown or bool(results.done()))
        for mode, one in self.mode_buttons.items():
            one.setEnabled(shown and (mode is not Mode.ERROR_MAP or results.truth is not None))
            one.setChecked(mode is self.grid.mode)

    def _title(self, item: Item) -> str:
        """Return a tile's title: name, count and, with a truth, how right it is."""
        row = next((row for one, row in self._figures.rows() if one is item), None)
        if row is None or row.count is None:
            return item.name
        facts = [f"{row.count:,} cell{'' if row.count == 1 else 's'}"]
        if row.score is not None:
            facts += [f"AP50 {row.score.AP50:.2f}", f"F1 {row.score.f1[0]:.2f}"]
        return f"{item.name}\n{'  ·  '.join(facts)}"

    def _connect(self) -> None:
        results = self._session.results
        self.grid_button.clicked.connect(self._toggle)
        self._modes.buttonClicked.connect(self._set_mode)
        self.grid.shown_changed.connect(self._show)
        self._figures.changed.connect(self.grid.refresh_titles)
        self._session.started.connect(self._offer)
        results.changed.connect(self._follow)
        results.removed.connect(self._show)
        results.truth_changed.connect(self._show)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.grid_button)
        row.addSpacing(6)
        for one in self.mode_buttons.values():
            one.setCheckable(True)
            self._modes.addButton(one)
            row.addWidget(one)
        for one in (self.grid_button, *self.mode_buttons.values()):
            one.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
