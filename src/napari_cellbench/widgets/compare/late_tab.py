"""A tab that costs nothing before it is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QVBoxLayout, QWidget

from ..choices import name_controls


class LateTab(QWidget):
    """Makes its content when it is opened: plots take a while to import, and to compute.

    Parameters
    ----------
    make
        Makes the content, a widget with a method ``close_tab``.

    Attributes
    ----------
    content
        None before.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__()
        self._make = make
        self._closed = False
        self.content: Any | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def open_tab(self) -> None:
        """Make the content, if there is none yet."""
        if self.content is None and not self._closed:
            self.content = self._make()
            self._layout.addWidget(self.content)
            name_controls(self.content)

    def close_tab(self) -> None:
        """Close the content, and make none any more."""
        self._closed = True
        if self.content is not None:
            self.content.close_tab()
