"""Sorting the rows of a table by what a column knows of them."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QSortFilterProxyModel, Qt

from .two_lines import SUBTITLE

ORDER = SUBTITLE + 2
"""Role of what rows are sorted by; None where that isn't known."""


class UnknownLast(QSortFilterProxyModel):
    """Sorts by `ORDER`; what isn't known comes last either way."""

    def lessThan(self, left: QModelIndex, right: QModelIndex) -> bool:  # noqa: N802
        """Compare two rows."""
        a, b = left.data(ORDER), right.data(ORDER)
        if a is None or b is None:
            return (a is None) == (self.sortOrder() == Qt.SortOrder.DescendingOrder)
        return bool(a < b)
