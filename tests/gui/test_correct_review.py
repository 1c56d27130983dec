"""What Review lists of several results, of tiles, and of a kind."""

from __future__ import annotations

import numpy as np
import pytest

from napari_cellbench.corrections.doubts import KINDS
from napari_cellbench.engine.client.tiling import tile_ends
from napari_cellbench.methods.base import Tiling
from napari_cellbench.scoring.agreement import Cells, Pairwise
from napari_cellbench.scoring.disagreement import disagreement

from .hand import TIMEOUT, plain


def record(**more):
    return {"cellbench": {"method": "x", **more}}


@pytest.fixture
def many():
    """Twenty-five squares; (150, 150)."""
    labels = np.zeros((150, 150), np.int32)
    for number, (y, x) in enumerate(np.ndindex(5, 5), start=1):
        labels[30 * y + 6 : 30 * y + 24, 30 * x + 6 : 30 * x + 24] = number
    return labels


def look(qtbot, widget, text):
    """Look through; wait until the box says what told the doubts."""
    box = widget.form.review
    box.look_button.click()
    qtbot.waitUntil(lambda: text in box.source.text(), timeout=TIMEOUT)
    return [box.list.item(row).text() for row in range(box.list.count())]


def test_places_where_results_differ(qtbot, correct, many):
    """Copies of the same run and results of other images don't count; the truth comes first."""
    joined, missing = many.copy(), many.copy()
    joined[6:24, 24:36] = joined[joined == 2] = 1
    missing[missing == 25] = 0
    widget, _ = correct(plain(many), many.copy())
    viewer, box, own = widget.viewer, widget.form.review, widget.form.labels.layer()
    own.metadata.update(record(created="now", image="a"))
    viewer.add_labels(many * 0, name="copy", metadata=record(created="now", image="a"))
    viewer.add_labels(many * 0, name="another", metadata=record(created="then", image="b"))
    viewer.add_labels(many * 0, name="drawn")
    viewer.add_labels(joined, name="joined", metadata=record(created="then", image="a"))
    viewer.add_labels(missing, name="missing", metadata=record(created="later"), visible=False)
    texts = look(qtbot, widget, "differs")
    assert box.source.text() == "Places where it differs from joined, missing."
    expected = disagreement(Pairwise([Cells.of(one) for one in (many, joined, missing)])).places
    assert sorted(text.partition(": ")[2] for text in texts) == sorted(
        one.describe() for one in expected
    )
    assert any(text.startswith("Cells 1, 2: ") for text in texts)

    kinds = [box.kind.itemText(row) for row in range(box.kind.count())]
    assert kinds == ["All kinds", KINDS["found"], KINDS["merged"]]
    box.kind.setCurrentIndex(box.kind.findData("found"))
    assert box.list.count() == 1
    assert box.doubt.cells == (25,)
    assert box.right_button.isEnabled()
    box.right_button.click()
    assert box.list.count() == 0
    assert "of this kind" in box.progress.text()
    box.kind.setCurrentIndex(0)
    assert box.doubt.cells == (1, 2)

    viewer.add_labels(missing, name="truth", metadata={"cellbench": {"truth": True}})
    texts = look(qtbot, widget, "truth")
    assert [text.partition(": ")[2] for text in texts] == [], "it was found right before"


def test_tiles_of_the_run(qtbot, correct, many):
    """Where tiles end is told by the record; other cells that end flat are not cut by them."""
    tiling = Tiling(80, 10)
    _, (first, *_) = tile_ends(many.shape, tiling)
    labels = many.copy()
    labels[:, first:] = np.where(labels[:, first:] > 0, labels[:, first:] + 100, 0)
    widget, _ = correct(plain(labels), labels)
    box = widget.form.review
    look(qtbot, widget, "cells that are cut")
    assert box.kind.findData("tile") < 0
    run = {"tiles": 4, "tile_size": tiling.size, "tile_overlap": tiling.overlap}
    widget.form.labels.layer().metadata.update(record(**run))
    box.look_button.click()
    qtbot.waitUntil(lambda: box.kind.findData("tile") > 0, timeout=TIMEOUT)
    box.kind.setCurrentIndex(box.kind.findData("tile"))
    found = {box.list.item(row).text().split(":")[0] for row in range(box.list.count())}
    middle = np.unique(many[:, first])[1:].tolist()
    assert found == {f"Cell {cell}" for cell in (*middle, *(cell + 100 for cell in middle))}


def test_a_plane_of_a_stack(qtbot, correct, many):
    missing = many.copy()
    missing[missing == 25] = 0
    stack = np.stack([many, many])
    widget, _ = correct(plain(stack), stack.copy())
    other = np.stack([many, missing])
    widget.viewer.add_labels(other, name="other", metadata=record())
    widget.viewer.dims.set_current_step(0, 1)
    (text,) = look(qtbot, widget, "other")
    assert text.startswith("Cell 25: ")
