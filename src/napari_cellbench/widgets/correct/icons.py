"""Pictures of the tools: on their buttons in the theme's colour, and beside the pointer."""

from __future__ import annotations

from qtpy.QtCore import QByteArray, QRectF, Qt
from qtpy.QtGui import QColor, QCursor, QIcon, QPainter, QPixmap
from qtpy.QtSvg import QSvgRenderer

SIDE = 24
"""Of a picture, in its own units and in pixels of the screen."""
SHARP = 3
"""Pictures are drawn so many times larger, for screens with fine pixels."""
CURSOR = 40
"""Side of a cursor, in pixels of the screen; the place that it means is its `TIP`."""
TIP = 9
HALO = 5.0
"""Width of the dark line around what a cursor shows, so that it is seen on any image."""

CELL = '<path d="M4 13c0-5 4-9 9-9 4 0 7 3 7 8s-4 8-9 8c-4 0-7-3-7-7z"{}/>'
DASHES = ' stroke-dasharray="3 2.4"'
PICTURES = {
    "point": CELL.format(DASHES) + '<path d="M12 8v8M8 12h8"/>',
    "outline": CELL.format("") + '<path d="M20 15l-6 6-3 1 1-3 6-6z"/>',
    "delete": CELL.format("") + '<path d="M9 9l6 6M15 9l-6 6"/>',
    "merge": '<path d="M12 8a5 5 0 1 0 0 8M12 8a5 5 0 1 1 0 8"/><path d="M9 12h6M13 10l2 2-2 2"/>',
    "split": CELL.format("") + '<path d="M17 2L7 22"/>',
    "choose": CELL.format("") + '<path d="M8 12l3 3 5-6"/>',
    "take": CELL.format(DASHES) + '<path d="M20 3l-8 9M12 7v5h5"/>',
    "count": "".join(f'<circle cx="{x}" cy="{y}" r="2"/>' for x, y in ((7, 7), (16, 10), (9, 17))),
}
"""By tool, on a field of `SIDE`; drawn with lines."""
CROSS = '<path d="M9 0v6M9 12v6M0 9h6M12 9h6"/>'


def tool_icon(key: str, colour: str) -> QIcon:
    """Return the picture of a tool.

    Parameters
    ----------
    key
        Of `PICTURES`; others have an empty picture.
    colour
        Of its lines, in a form that SVG knows.
    """
    pixmap = _blank(SIDE)
    _draw(pixmap, PICTURES.get(key, ""), colour, 1.7, QRectF(0, 0, SIDE, SIDE))
    return QIcon(pixmap)


def tool_cursor(key: str) -> QCursor:
    """Return a cross whose middle is the place meant, with the picture of a tool beside it."""
    pixmap = _blank(CURSOR)
    for colour, width in (("#000000", HALO), ("#ffffff", 1.7)):
        _draw(pixmap, CROSS, colour, width * 0.8, QRectF(0, 0, SIDE, SIDE))
        beside = QRectF(CURSOR - SIDE + 2, CURSOR - SIDE + 2, SIDE - 3, SIDE - 3)
        _draw(pixmap, PICTURES.get(key, ""), colour, width, beside)
    return QCursor(pixmap, TIP, TIP)


def _blank(side: int) -> QPixmap:
    pixmap = QPixmap(side * SHARP, side * SHARP)
    pixmap.setDevicePixelRatio(SHARP)
    pixmap.fill(QColor(Qt.GlobalColor.transparent))
    return pixmap


def _draw(pixmap: QPixmap, lines: str, colour: str, width: float, where: QRectF) -> None:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}"><g fill="none" '
        f'stroke="{colour}" stroke-width="{width}" stroke-linecap="round" '
        f'stroke-linejoin="round">{lines}</g></svg>'
    )
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, where)
    painter.end()
