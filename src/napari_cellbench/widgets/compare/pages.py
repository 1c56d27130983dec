"""A tab that shows its content, or says why there is none."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from ..choices import scroll_area

MARGIN = 12
WIDTH = 520
"""Of a tab at first, in pixels of the screen."""


class Pages(QStackedWidget):
    """A text, or content that scrolls up and down.

    Parameters
    ----------
    content
        What is shown where there is something to show.
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text.setMargin(MARGIN)
        self._content = content
        self.addWidget(self.text)
        self.addWidget(content)
        self.area = scroll_area(self, frame=False)

    def say(self, text: str) -> None:
        """Show a text in place of the content."""
        self.text.setText(text)
        self.setCurrentWidget(self.text)

    def show_content(self) -> None:
        """Show the content."""
        self.setCurrentWidget(self._content)

    def fill(self, tab: QWidget) -> None:
        """Take up a whole tab."""
        bar = self.area.verticalScrollBar().sizeHint().width()
        self.area.setMinimumWidth(self._content.minimumSizeHint().width() + bar)
        column = QVBoxLayout(tab)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Leave room for names and plots."""
        return QSize(max(WIDTH, super().sizeHint().width()), super().sizeHint().height())
