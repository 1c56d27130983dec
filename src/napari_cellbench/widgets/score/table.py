"""The table of figures: one row a prediction, to be ticked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor, QPixmap, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from ...scoring.figures import FIGURES, Figure, best_of
from ...scoring.notes import NO_SCORES, ranking_note
from ..plots import COLOURS
from .types import Failure, Result

COMPACT = "QTableWidget, QHeaderView::section { font-size: 11px; padding: 1px 2px; }"
"""Room for eleven columns and a name."""
RANKED = len(FIGURES) + 1
"""The column that says by what COCO's figures rank."""


class ScoreTable(QTableWidget):
    """Shows `Result` and `Failure` of each layer.

    Signals
    -------
    ticked
        Another set of predictions shall be scored.
    focused
        Another prediction's errors shall be shown.
    """

    ticked = Signal()
    focused = Signal()

    def __init__(self) -> None:
        super().__init__(0, len(FIGURES) + 2)
        self._layers: list[Any] = []
        self._fitting: Set[Any] = frozenset()
        titles = (figure.title for figure in FIGURES)
        self.setHorizontalHeaderLabels(["Prediction", *titles, "Ranked"])
        for column, figure in enumerate(FIGURES, 1):
            self.horizontalHeaderItem(column).setToolTip(figure.tooltip)
        self.horizontalHeaderItem(RANKED).setToolTip(
            "By what COCO's AP ranks the objects: by the score that the method gave each, or by id"
        )
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(self._share_room)
        header.setMinimumSectionSize(40)
        header.setHighlightSections(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setStyleSheet(COMPACT)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._fit_height()
        self.itemChanged.connect(self._tell)
        self.currentCellChanged.connect(self._tell_focus)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the names the room that the figures leave."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self, column: int = -1, *_: int) -> None:
        if column:
            header = self.horizontalHeader()
            figures = sum(header.sectionSize(i) for i in range(1, header.count()))
            least = header.sectionSizeHint(0)
            self.setColumnWidth(0, max(least, self.viewport().width() - figures))

    def set_layers(self, layers: Sequence[Any], fitting: Set[Any]) -> None:
        """Offer these predictions; those that fit the truth are ticked at first.

        Ticks and focus stay with their layers. With another truth, a layer that fits now is ticked,
        and one that fits no longer isn't.
        """
        if layers == self._layers and fitting == self._fitting:
            return
        before, ticked, focus = self._layers, self.ticked_layers(), self.focus()
        fitted, self._fitting = self._fitting, fitting
        blocked = self.blockSignals(True)
        self._layers = list(layers)
        self.clearContents()
        self.setRowCount(len(layers))
        for row, layer in enumerate(layers):
            kept = layer in before and (layer in fitting) == (layer in fitted)
            self._add_row(row, layer, layer in (ticked if kept else fitting))
        self.choose(focus)
        self.blockSignals(blocked)
        self._fit_height()

    def rename(self, *_: object) -> None:
        """Take over the layers' names."""
        blocked = self.blockSignals(True)
        for row, layer in enumerate(self._layers):
            self.item(row, 0).setText(layer.name)
            self.item(row, 0).setToolTip(layer.name)
        self.blockSignals(blocked)

    def ticked_layers(self) -> list[Any]:
        """Return the predictions to score."""
        return [
            layer
            for row, layer in enumerate(self._layers)
            if self.item(row, 0).checkState() == Qt.CheckState.Checked
        ]

    def focus(self) -> Any | None:
        """Return the prediction whose errors are shown: the row chosen, else the first ticked."""
        row = self.currentRow()
        if 0 <= row < len(self._layers):
            return self._layers[row]
        return next(iter(self.ticked_layers()), None)

    def choose(self, layer: Any | None) -> None:
        """Choose a row."""
        if layer in self._layers:
            self.setCurrentCell(self._layers.index(layer), 0)
        else:
            self.setCurrentItem(None)

    def colour(self, layer: Any) -> str:
        """Return the colour of a prediction's curves."""
        return COLOURS[self._layers.index(layer) % len(COLOURS)]

    def show_results(self, results: Mapping[Any, Result | Failure]) -> None:
        """Fill in the figures; rows without a result stay empty. The best of several is bold."""
        blocked = self.blockSignals(True)
        scored = [(layer, one) for layer, one in results.items() if isinstance(one, Result)]
        for column, figure in enumerate(FIGURES, 1):
            best = {scored[i][0] for i in _best(figure, [one for _, one in scored])}
            for row, layer in enumerate(self._layers):
                item, result = self.item(row, column), results.get(layer)
                _fill(item, figure, result, bold=layer in best)
        for row, layer in enumerate(self._layers):
            self.item(row, RANKED).setText(_ranking(results.get(layer)))
        self.blockSignals(blocked)

    def _fit_height(self) -> None:
        shown = min(max(len(self._layers), 1), 5)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + 24 * shown + 18)

    def _add_row(self, row: int, layer: Any, on: bool) -> None:
        name = QTableWidgetItem(layer.name)
        name.setToolTip(layer.name)
        name.setFlags(name.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        name.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        swatch = QPixmap(8, 14)
        swatch.fill(QColor(self.colour(layer)))
        name.setData(Qt.ItemDataRole.DecorationRole, swatch)
        self.setItem(row, 0, name)
        for column in range(1, self.columnCount()):
            item = QTableWidgetItem("")
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)

    def _tell(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            self.ticked.emit()

    def _tell_focus(self, row: int, _column: int, before: int, _before: int) -> None:
        if row != before:
            self.focused.emit()


def _best(figure: Figure, results: Sequence[Result]) -> set[int]:
    ranked = [one.ranked for one in results] if figure.ranks else None
    return best_of(figure.definition, [figure.value(one.score) for one in results], ranked)


def _ranking(result: Result | Failure | None) -> str:
    if not isinstance(result, Result):
        return ""
    return "by score" if result.ranked else "by id¹"


def _fill(
    item: QTableWidgetItem, figure: Figure, result: Result | Failure | None, *, bold: bool
) -> None:
    font = item.font()
    if isinstance(result, Result):
        mark = "¹" if figure.ranks and not result.ranked else ""
        item.setText(figure.text(result.score) + mark)
        item.setToolTip((ranking_note(result.score) or NO_SCORES) if mark else "")
        font.setBold(bold)
    else:
        item.setText("")
        item.setToolTip(result.message if result is not None else "")
        font.setBold(False)
    item.setFont(font)
