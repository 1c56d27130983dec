"""The title of a tile, as a picture: readable on bright and dark images."""

from __future__ import annotations

import numpy as np
from napari._qt.utils import QImg2array
from numpy.typing import NDArray
from qtpy.QtCore import QRectF, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen
from qtpy.QtWidgets import QApplication

PADDING = 6
RADIUS = 4
WORST = 40
"""Narrower titles aren't drawn: nobody could read them."""


RESULT, TRUTH = "#d0101418", "#e81b6e3f"
"""Colours behind the titles."""
SELECTED = "#7aa2ff"
"""Around the title of the layer that is painted on."""


def title_picture(
    text: str, width: float, ratio: float, *, truth: bool, selected: bool
) -> NDArray[np.uint8] | None:
    """Draw a title.

    Parameters
    ----------
    text
        A name, and in further lines what there is to tell; each is cut with dots where it is too
        long.
    width
        Room there is, in Qt's pixels.
    ratio
        The screen's pixels per pixel of Qt's.
    truth, selected
        What the tile shows.

    Returns
    -------
    (Y, X, 4) uint8 or None
        None where there is no room.
    """
    room = width - 2 * PADDING
    if room < WORST or not text:
        return None
    font = QApplication.font()
    metrics = QFontMetricsF(font)
    name, *others = text.splitlines()
    # Names differ at both ends: method first, checkpoint last.
    lines = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)]
    lines += [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in others]
    height = metrics.height()
    wide = max(metrics.horizontalAdvance(line) for line in lines) + 2 * PADDING
    tall = height * len(lines) + PADDING
    image = QImage(
        round(wide * ratio), round(tall * ratio), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(SELECTED), 2) if selected else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(TRUTH if truth else RESULT))
    painter.drawRoundedRect(QRectF(1, 1, wide - 2, tall - 2), RADIUS, RADIUS)
    painter.setFont(font)
    painter.setPen(QColor("white"))
    for number, line in enumerate(lines):
        where = QRectF(PADDING, PADDING / 2 + number * height, room, height)
        painter.drawText(where, Qt.AlignmentFlag.AlignLeft, line)
    painter.end()
    # Colours not multiplied by their opacity, as vispy blends them.
    picture: NDArray[np.uint8] = QImg2array(image.convertToFormat(QImage.Format.Format_ARGB32))
    return picture
