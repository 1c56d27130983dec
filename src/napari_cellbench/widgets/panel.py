"""What all panels of the plugin have in common: one tabbed dock, room that scrolls, one end."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QDockWidget, QFrame, QMainWindow, QScrollArea, QVBoxLayout, QWidget

from .choices import name_controls
from .closing import Closing
from .jobs.collector import let_go
from .opening import take_drops

NARROWEST = 330
"""Width down to which a panel can be dragged, in pixels of the screen."""
LOWEST = 200
"""Height down to which a panel can be dragged."""
MARGIN = 4
"""Around what a panel shows, in pixels of the screen: its dock has room around it, too."""
SHARE = 0.42
"""Most of the window's width that a panel takes at first: the image is what a person came for."""


class Panel(QWidget):
    """A panel beside the image; all of them are tabs of one dock.

    What a panel shows is laid out in `content`, which scrolls where the dock has less room.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    WIDTH = 400
    """Wanted at first, in pixels of the screen."""

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.viewer = viewer
        self.content = QWidget()
        self._dock: QDockWidget | None = None
        self._is_behind = False
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self.content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)
        viewer.layers.events.removed.connect(self._free)
        self.closing = Closing(self, viewer, self._close)

    def close_panel(self) -> None:
        """Stop what runs and follow the viewer no longer: called once, when the panel goes."""
        raise NotImplementedError

    def _close(self) -> None:
        self.viewer.layers.events.removed.disconnect(self._free)
        self._free()
        self.close_panel()

    def _free(self, *_: object) -> None:
        """Let what is removed be collected; a method, so that each panel has its own."""
        let_go()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Never ask for more room than a small screen has."""
        return QSize(NARROWEST, LOWEST)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Leave most of the window to the image."""
        window = self.window()
        most = round(SHARE * window.width()) if isinstance(window, QMainWindow) else self.WIDTH
        return QSize(max(NARROWEST, min(self.WIDTH, most)), self.content.sizeHint().height())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Join the other panels when shown in a dock."""
        super().showEvent(event)
        name_controls(self)
        if (layout := self.content.layout()) is not None:
            layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        # napari places the dock first.
        QTimer.singleShot(0, self._join)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Come forward instead, if napari's menu hides a panel that is behind another one."""
        super().hideEvent(event)
        if self._is_behind and self._dock is not None and self._dock.isHidden():
            QTimer.singleShot(0, self.bring_forward)

    def bring_forward(self) -> None:
        """Show the panel in front of the others in its dock."""
        if self._dock is not None and not self.closing.is_closed:
            self._dock.show()
            self._dock.raise_()

    def _join(self) -> None:
        dock = dock_of(self)
        if dock is None or dock is self._dock:
            return
        self._dock = dock
        dock.visibilityChanged.connect(self._note_visibility)
        # Five short tabs fit side by side; the title above the panel stays whole.
        dock.setWindowTitle(dock.windowTitle().partition(" (")[0])
        window = dock.parent()
        take_drops(window)
        docks = map(dock_of, window.findChildren(Panel))
        others = [one for one in docks if one not in (None, dock) and not one.isFloating()]
        if others and not dock.isFloating():
            window.tabifyDockWidget(others[-1], dock)
            self.bring_forward()

    def _note_visibility(self, is_visible: bool) -> None:
        # Of a tab behind others Qt tells the same as of what is hidden.
        if self._dock is not None and not self._dock.isHidden():
            self._is_behind = not is_visible


def dock_of(panel: QWidget) -> QDockWidget | None:
    """Return the dock that a panel stands in; None for one without."""
    above = panel.parent()
    while above is not None and not isinstance(above, QDockWidget):
        above = above.parent()
    return above
