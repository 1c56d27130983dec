"""The group that shows how many cells were counted, and makes cells of the points."""

from __future__ import annotations

from qtpy.QtWidgets import QLabel

from ..choices import FormGroup
from ..jobs.run_bar import RunBar


class CountBox(FormGroup):
    """Shown while the tool is on, or cells are being made."""

    def __init__(self) -> None:
        super().__init__("Count")
        self.number = QLabel()
        self.runs = RunBar(
            "Make cells of the points",
            "Ask the model for the cell at each point of this plane; no cell loses pixels, and the "
            "points stay",
            "Stop; no cell is added",
        )
        self.rows.addRow("Points", self.number)
        self.rows.addRow(self.runs)
        self.show_number(0, 0)
        self.hide()

    def show_number(self, here: int, everywhere: int) -> None:
        """Say how many points there are on this plane, and in the whole stack."""
        rest = f", {everywhere:,} on all planes" if everywhere != here else ""
        self.number.setText(f"{here:,}{' on this plane' if rest else ''}{rest}")
        self.runs.set_ready(here > 0)
