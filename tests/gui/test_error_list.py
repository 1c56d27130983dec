"""The list of errors while a person mends them."""

from napari_cellbench.widgets.score.list import ErrorList
from napari_cellbench.widgets.score.types import CellError


def errors(*sizes):
    """Missed cells; each is its size."""
    return [CellError("missed", (size,), (), size) for size in sizes]


def current(errors):
    row = errors.currentIndex().row()
    return errors.errors.errors[row].size if row >= 0 else None


def test_row_stays_through_edits_and_moves_on_once_mended(qtbot):
    shown = ErrorList()
    qtbot.addWidget(shown)
    went = []
    shown.chosen.connect(lambda error: went.append(error.size))
    shown.show_errors(errors(90, 70, 50, 30))
    assert current(shown) is None
    shown.selectRow(1)
    assert went == [70]
    # Another stroke: a further error before it, and its cell is badly outlined by now.
    shown.show_errors([*errors(95, 90, 50, 30), CellError("outline", (70,), (3,), 72, 0.4)])
    assert current(shown) == 72
    assert shown.selectionModel().isRowSelected(shown.currentIndex().row())
    shown.show_errors(errors(95, 90, 50, 30))
    assert current(shown) == 50
    shown.show_errors(errors(95))
    assert current(shown) == 95
    shown.show_errors([])
    assert current(shown) is None
    assert went == [70], "the view goes nowhere by itself"
    shown.show_errors(errors(10, 20))
    assert current(shown) is None
