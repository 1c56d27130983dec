"""What is rarely needed, folded away under a title."""

from __future__ import annotations

from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QWidget
from superqt import QCollapsible


def folded(title: str, tip: str, content: QWidget) -> QCollapsible:
    """Return a title that opens and closes what lies below it; closed at first."""
    # The icon of QCollapsible is black in every theme.
    made = QCollapsible(_text(title, False), None, QIcon(), QIcon())
    made.toggled.connect(lambda is_open: made.setText(_text(title, is_open)))
    made.setDuration(0)
    made.layout().setContentsMargins(0, 0, 0, 0)
    made.toggleButton().setToolTip(tip)
    made.addWidget(content)
    return made


def _text(title: str, is_open: bool) -> str:
    return f"{'▾' if is_open else '▸'} {title}"
