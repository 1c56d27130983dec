"""How long a tool takes from the gesture to its edit, and what is done beside it.

pytest benchmarks/test_corrections.py --benchmark-columns=min,median,max --benchmark-sort=name
"""

from functools import partial

import numpy as np
import pytest

from napari_cellbench.corrections import tools
from napari_cellbench.corrections.autosave import Autosave
from napari_cellbench.corrections.cut_cells import cut_cells
from napari_cellbench.corrections.doubts import combined, ordered
from napari_cellbench.corrections.find_doubts import errors_by_truth, odd_shapes
from napari_cellbench.corrections.journal import Snapshot
from napari_cellbench.corrections.lookup import box_of
from napari_cellbench.corrections.review import Review
from napari_cellbench.corrections.saved import Work

CELL = 2530
"""In the middle of the image."""


@pytest.fixture(scope="module")
def labels(cells):
    return cells((2048, 2048), 5000)


def round_outline(labels, n=200):
    top, left, bottom, right = box_of(labels, CELL)
    angle = np.linspace(0, 2 * np.pi, n)
    middle = (top + bottom) / 2, (left + right) / 2
    return np.stack([middle[0] + 14 * np.sin(angle), middle[1] + 14 * np.cos(angle)], axis=1)


def middle_line(labels):
    top, left, bottom, right = box_of(labels, CELL)
    return [(top - 3, (left + right) / 2), (bottom + 3, (left + right) / 2)]


def seeds(labels):
    rows, columns = np.nonzero(labels == CELL)
    order = np.argsort(columns, kind="stable")
    return [(rows[order[k]], columns[order[k]]) for k in (0, -1)]


def with_hole(labels):
    labels = labels.copy()
    labels[tuple(np.argwhere(labels == CELL)[60])] = 0
    return labels


ACTIONS = {
    "add by outline": lambda x: partial(tools.add_outline, x, round_outline(x), overwrite=True),
    "add by mask": lambda x: partial(
        tools.add_mask, x, np.ones((28, 28), bool), (1000, 1000), overwrite=True
    ),
    "replace": lambda x: partial(tools.replace_outline, x, CELL, round_outline(x)),
    "delete": lambda x: partial(tools.delete, x, CELL),
    "delete in a rectangle, 600 cells": lambda x: partial(
        tools.delete_in_box, x, (500, 500, 1250, 1250)
    ),
    "delete at the edge": lambda x: partial(tools.delete_at_edge, x),
    "delete by area": lambda x: partial(tools.delete_by_area, x, 150, 500),
    "merge": lambda x: partial(tools.merge, x, [CELL, CELL + 1]),
    "merge along a line, 20 cells": lambda x: partial(
        tools.merge_along, x, [(1000, 1000), (1000, 1580)]
    ),
    "split by a line": lambda x: partial(tools.split_line, x, middle_line(x)),
    "split by seeds": lambda x: partial(tools.split_seeds, x, seeds(x), image=x % 7),
    "fill holes": lambda x: partial(tools.fill_holes, with_hole(x), CELL),
    "smooth": lambda x: partial(tools.smooth, with_hole(x), CELL),
    "grow": lambda x: partial(tools.grow, x, CELL, 2),
    "shrink": lambda x: partial(tools.grow, x, CELL, -2),
    "renumber": lambda x: partial(tools.renumber, np.where(x == 5, 0, x)),
    "take over": lambda x: partial(tools.take_over, np.roll(x, 5, axis=1), x, CELL),
}


@pytest.mark.benchmark(group="an action, 2048 x 2048, 5000 cells")
@pytest.mark.parametrize("action", ACTIONS)
def test_action(benchmark, labels, action):
    benchmark(ACTIONS[action](labels))


@pytest.mark.benchmark(group="an edit, 2048 x 2048, 5000 cells")
@pytest.mark.parametrize("way", ["one cell", "all cells"])
def test_apply_and_undo(benchmark, labels, way):
    layer = np.where(labels == 5, 0, labels)
    edit = tools.delete(layer, CELL) if way == "one cell" else tools.renumber(layer)

    def there_and_back():
        edit.apply(layer)
        edit.inverse().apply(layer)

    benchmark(there_and_back)


@pytest.mark.benchmark(group="review, 2048 x 2048, 5000 cells")
def test_doubts_without_truth(benchmark, labels):
    benchmark(lambda: ordered(combined([*odd_shapes(labels), *cut_cells(labels, [1024], [1024])])))


@pytest.mark.benchmark(group="review, 2048 x 2048, 5000 cells")
def test_doubts_by_truth(benchmark, labels):
    benchmark(errors_by_truth, np.roll(labels, 5, axis=1), labels)


@pytest.mark.benchmark(group="autosave, 2048 x 2048, 5000 cells")
@pytest.mark.parametrize("what", ["labels and states", "states only"])
def test_autosave(benchmark, labels, tmp_path, monkeypatch, what):
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path / "config"))
    review = Review()
    review.meet(range(1, 5001))
    autosave = Autosave.begin(tmp_path / "saved", Work("labels"))
    layer = labels.copy()

    def save():
        layer[0, 0] += 1
        autosave.write({(): layer} if what.startswith("labels") else {}, Snapshot.of(review))

    benchmark(save)
    autosave.close()
