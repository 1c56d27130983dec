"""What is cut off, and what nobody explains, in the widgets that a window shows.

Run by itself, it opens all panels, narrow, and prints what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator

from qtpy.QtCore import Qt
from qtpy.QtGui import QTextDocument
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)

from napari_cellbench.widgets.panel import Panel

SLACK = 2
"""Pixels by which Qt's own sums are off."""


def cut_off(panel: QWidget) -> list[str]:
    """Return the texts that have less room than they need; a box of choices may cut its choice."""
    return [
        f"{type(one).__name__} {text!r}: {needs} px in {has}"
        for one in panel.findChildren(QWidget)
        if one.isVisible()
        for text, needs, has in _rooms(one)
        if needs > has + SLACK
    ]


def too_wide(panel: Panel) -> list[str]:
    """Say by how much a panel has to be scrolled sideways."""
    beyond = panel._area.horizontalScrollBar().maximum()
    return [f"{beyond} px wider than its room"] if beyond else []


def unexplained(panel: QWidget) -> list[str]:
    """Return the controls without a tooltip, or without a name for those who don't see."""
    found = []
    for one in panel.findChildren(QWidget):
        is_part = isinstance(one.parent(), QComboBox | QAbstractSpinBox | QLineEdit | QTabBar)
        if not isinstance(one, CONTROLS) or isinstance(one, QScrollBar) or is_part:
            continue
        if one.objectName().startswith("qt_"):
            continue
        text = one.text() if isinstance(one, QAbstractButton) else ""
        name = one.accessibleName() or text
        for what, there in (("tooltip", _tip(one)), ("accessible name", name)):
            if not there:
                found.append(
                    f"{type(one).__name__} {text!r} in {type(one.parent()).__name__}: no {what}"
                )
    return found


CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


def _tip(one: QWidget) -> str:
    """Return the tooltip that Qt shows: the widget's own, or that of what it lies in."""
    while one is not None and not one.toolTip() and not one.isWindow():
        one = one.parentWidget()
    return one.toolTip() if one is not None else ""


def _rooms(one: QWidget) -> Iterator[tuple[str, int, int]]:
    """Yield texts with the pixels that they need and have."""
    metrics = one.fontMetrics()
    if isinstance(one, QLabel) and one.text():
        if one.wordWrap():
            yield one.text(), one.heightForWidth(one.width()), one.height()
            yield one.text(), _widest_line(one), one.width()
        else:
            yield one.text(), one.sizeHint().width(), one.width()
    elif isinstance(one, QAbstractButton) and one.text():
        yield one.text(), one.minimumSizeHint().width(), one.width()
    elif isinstance(one, QGroupBox):
        yield one.title(), metrics.horizontalAdvance(one.title()), one.width()
    elif isinstance(one, QHeaderView) and one.orientation() == Qt.Orientation.Horizontal:
        model = one.model()
        for section in range(one.count() if model is not None else 0):
            text = model.headerData(section, Qt.Orientation.Horizontal)
            if text and not one.isSectionHidden(section):
                widest = max(map(metrics.horizontalAdvance, str(text).splitlines()))
                yield str(text), widest, one.sectionSize(section)
    elif isinstance(one, QTabBar):
        for i in range(one.count()):
            yield one.tabText(i), metrics.horizontalAdvance(one.tabText(i)), one.tabRect(i).width()


def _widest_line(label: QLabel) -> int:
    """Return how wide a wrapped text is where it can't be wrapped."""
    document = QTextDocument()
    document.setDefaultFont(label.font())
    document.setDocumentMargin(0)
    if label.textFormat() == Qt.TextFormat.PlainText:
        document.setPlainText(label.text())
    else:
        document.setHtml(label.text())
    document.setTextWidth(label.width())
    return int(document.idealWidth())


def main() -> None:
    """Walk through all panels in a small window of a process's own."""
    import napari
    from qtpy.QtTest import QTest

    from napari_cellbench.data.samples import open_demo
    from napari_cellbench.widgets.panel import NARROWEST, dock_of

    viewer = napari.Viewer(show=True)
    window = viewer.window._qt_window
    window.resize(1280, 800)
    for data, options, kind in open_demo():
        getattr(viewer, f"add_{kind}")(data, **options)
    names = ("Segment", "Gallery", "Compare", "Adjust", "Correct", "Score", "Benchmark", "Train")
    for name in names:
        _, panel = viewer.window.add_plugin_dock_widget("napari-cellbench", name)
        QTest.qWait(50)
        window.resizeDocks([dock_of(panel)], [NARROWEST], Qt.Orientation.Horizontal)
        QTest.qWait(100)
        for one in (*too_wide(panel), *cut_off(panel), *unexplained(panel)):
            print(f"{name}: {one}")
    print(f"{len(names)} panels")
    viewer.close()


if __name__ == "__main__":
    main()
