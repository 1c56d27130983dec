"""The tools of the Correct panel, as a field of icons with their names and keys."""

from __future__ import annotations

from typing import Any

from napari.utils.theme import get_theme
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QGridLayout, QGroupBox, QLabel, QSizePolicy, QToolButton, QVBoxLayout

from ..choices import row_of
from .icons import SIDE, tool_icon
from .tools import BY_KEY, TOOLS

COLUMNS = 4
LOOK = """
QToolButton {{ background: {foreground}; color: {text}; border-radius: 2px; padding: 3px 1px; }}
QToolButton:hover {{ background: {primary}; }}
QToolButton:checked {{ background: {current}; }}
"""
"""As napari's buttons look, by the colours of its theme."""


class ToolBox(QGroupBox):
    """Switches tools on and off, and says what the one that is on does.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    chosen(key)
        A tool is switched on; an empty text for none.
    keys_asked
        The person wants to know the keys.
    """

    chosen = Signal(str)
    keys_asked = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__("Tools")
        self._viewer = viewer
        self.buttons: dict[str, QToolButton] = {}
        self.hint, self.status = QLabel(), QLabel()
        self.keys_button = QToolButton()
        self._build()
        self.choose("")
        self._take_theme()
        viewer.events.theme.connect(self._take_theme)

    def tool(self) -> str:
        """Return the key of the tool that is on; an empty text for none."""
        return next((key for key, one in self.buttons.items() if one.isChecked()), "")

    def choose(self, key: str) -> None:
        """Switch a tool on; an empty text for none."""
        for name, one in self.buttons.items():
            one.setChecked(name == key)
        tool = BY_KEY.get(key)
        self.hint.setText(tool.tip if tool is not None else "Choose a tool.")
        self.status.clear()
        self.chosen.emit(key)

    def close_box(self) -> None:
        """Follow the viewer no longer."""
        self._viewer.events.theme.disconnect(self._take_theme)

    def _press(self, key: str, on: bool) -> None:
        self.choose(key if on else "")

    def _take_theme(self, *_: object) -> None:
        theme = get_theme(self._viewer.theme)
        for key, one in self.buttons.items():
            one.setIcon(tool_icon(key, theme.text.as_hex()))
        names = ("foreground", "text", "primary", "current")
        self.setStyleSheet(LOOK.format(**{name: getattr(theme, name).as_hex() for name in names}))

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(2)
        for number, tool in enumerate(TOOLS):
            one = QToolButton()
            one.setText(tool.title)
            one.setToolTip(f"{tool.tip} (Shift+{tool.letter})")
            one.setCheckable(True)
            one.clicked.connect(lambda on, key=tool.key: self._press(key, on))
            self._lay_out(one)
            self.buttons[tool.key] = one
            grid.addWidget(one, *divmod(number, COLUMNS))
        self.keys_button.setText("?")
        self.keys_button.setAccessibleName("Keys")
        self.keys_button.setToolTip("Show which key does what (?)")
        self.keys_button.clicked.connect(self.keys_asked)
        for label in (self.hint, self.status):
            label.setWordWrap(True)
        # Two lines, so that nothing jumps while the pointer moves.
        self.status.setMinimumHeight(2 * self.status.fontMetrics().lineSpacing())
        said = row_of(self.hint, self.keys_button)
        said.setStretch(0, 1)
        said.setAlignment(self.keys_button, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.addLayout(grid)
        column.addLayout(said)
        column.addWidget(self.status)

    def _lay_out(self, one: QToolButton) -> None:
        one.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        one.setIconSize(QSize(SIDE, SIDE))
        one.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
