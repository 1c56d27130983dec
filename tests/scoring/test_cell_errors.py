"""The list of errors: each once, the largest first."""

import numpy as np

from napari_cellbench.scoring.cell_errors import CellError, cell_errors
from napari_cellbench.scoring.errors import object_errors
from napari_cellbench.scoring.overlap import overlap


def test_each_error_once():
    truth = np.zeros((40, 60), int)
    truth[2:8, 2:8], truth[2:12, 20:40], truth[20:30, 2:12] = 1, 2, 3
    truth[20:30, 20:26], truth[20:30, 26:32] = 4, 5
    found = np.zeros_like(truth)
    found[2:12, 20:30], found[2:12, 30:40] = 7, 8
    found[20:30, 20:32] = 9
    found[20:25, 2:12] = 10
    found[35:38, 50:55] = 11
    both = overlap(truth, found)
    assert cell_errors(object_errors(both), both) == [
        CellError("split", (2,), (7, 8), 200),
        CellError("merged", (4, 5), (9,), 120),
        CellError("outline", (3,), (10,), 100, 0.5),
        CellError("missed", (1,), (), 36),
        CellError("extra", (), (11,), 15),
    ]
