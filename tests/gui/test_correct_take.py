"""Taking cells over from another result, by real mouse events."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt

from .hand import plain

TAKE = (Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)


@pytest.fixture
def other(two_cells):
    """Both touching cells as one, a larger third one, and one that is missing here."""
    labels = np.where(np.isin(two_cells, (1, 2)), 5, 0).astype(np.uint16)
    labels[66:94, 66:94] = 6
    labels[60:66, 10:20] = 7
    return labels


@pytest.fixture
def two(correct, two_cells, other):
    """Return a function that opens the panel with two results."""

    def open_(**options):
        widget, hand = correct(plain(two_cells), two_cells.copy())
        widget.viewer.add_labels(other, name="other", visible=False, **options)
        hand.press(*TAKE)
        return widget, hand

    return open_


def test_hovering_shows_and_a_click_brings(two, two_cells, other):
    widget, hand = two()
    layer, status = widget.form.labels.layer(), widget.form.tools.status
    assert widget.form.take.source.layer() is widget.viewer.layers["other"]
    hand.move(80, 80)
    assert widget.preview.is_shown
    assert status.text().startswith(f"{28 * 28} px")
    hand.move(30, 30)
    assert status.text() == "800 px, over 2 cells that are here"
    np.testing.assert_array_equal(layer.data, two_cells)
    hand.move(5, 5)
    assert not widget.preview.is_shown
    hand.click(30, 30)
    assert len(np.unique(layer.data[other == 5])) == 1
    assert not (layer.data == 2).any() or not (layer.data == 1).any()
    assert (layer.data == 3).sum() == 400
    hand.click(63, 15)
    assert layer.data[63, 15] == 4, "a new cell"
    hand.press(Qt.Key.Key_Escape)
    hand.press(Qt.Key.Key_Escape)
    np.testing.assert_array_equal(layer.data, two_cells)


def test_a_box_brings_what_lies_wholly_in_it(two, two_cells):
    widget, hand = two()
    layer = widget.form.labels.layer()
    hand.draw((55, 5), (97, 97))
    np.testing.assert_array_equal(layer.data == 3, widget.viewer.layers["other"].data == 6)
    assert layer.data[63, 15]
    np.testing.assert_array_equal(layer.data[:50], two_cells[:50])
    layer.undo()
    np.testing.assert_array_equal(layer.data, two_cells)
    hand.draw((68, 68), (75, 75))
    assert "wholly" in widget.form.tools.status.text()


def test_what_can_not_be_taken(two, two_cells):
    widget, hand = two()
    layer, status, source = (
        widget.form.labels.layer(),
        widget.form.tools.status,
        widget.form.take.source,
    )
    hand.click(5, 5)
    assert status.text() == "The other result has no cell here."
    source.choose(layer)
    hand.click(30, 30)
    assert "choose another one" in status.text()
    source.choose(None)
    hand.click(30, 30)
    assert "Choose below" in status.text()
    small = widget.viewer.add_labels(np.ones((9, 9), int), name="small")
    moved = widget.viewer.add_labels(np.ones((100, 100), int), name="moved", translate=(7, 7))
    widget.viewer.layers.selection.active = layer
    source.choose(small)
    hand.click(30, 30)
    assert "differ in size" in status.text()
    source.choose(moved)
    hand.click(30, 30)
    assert "different places" in status.text()
    np.testing.assert_array_equal(layer.data, two_cells)
    widget.form.tools.choose("")
    assert not widget.form.take.isVisibleTo(widget.form)


def test_the_plane_that_is_shown(correct, two_cells, other):
    stack = np.stack([two_cells, np.zeros_like(two_cells)])
    widget, hand = correct(plain(stack), stack.copy())
    widget.viewer.add_labels(np.stack([np.zeros_like(other), other]), name="other")
    widget.viewer.dims.set_current_step(0, 1)
    hand.press(*TAKE)
    hand.click(80, 80)
    layer = widget.form.labels.layer()
    assert (layer.data[1] == 4).sum() == 28 * 28, "greater than those of the other plane"
    np.testing.assert_array_equal(layer.data[0], two_cells)
