"""What is drawn is what a person could have done."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("segment_anything")

from napari_cellbench.methods.segment_anything.seen_views import SeenView
from napari_cellbench.methods.segment_anything.simulated import SMALLEST, correct, draw

FEATURES = np.zeros((256, 64, 64), np.float16)


@st.composite
def views(draw_):
    height, width = draw_(st.integers(20, 400)), draw_(st.integers(20, 400))
    labels = np.zeros((height, width), np.uint16)
    for cell in range(1, draw_(st.integers(1, 4)) + 1):
        y, x = draw_(st.integers(0, height - 4)), draw_(st.integers(0, width - 4))
        labels[y : y + draw_(st.integers(3, 60)), x : x + draw_(st.integers(3, 60))] = cell
    return SeenView(FEATURES, labels, 30.0)


def in_view(at, shape):
    """From x and y in the encoder's square to pixels of the view."""
    x, y = np.asarray(at) * max(shape) / 1024
    return y, x


@given(views(), st.integers(0, 10_000))
def test_clicks_lie_in_large_enough_cells_and_boxes_around_them(view, seed):
    simulated = draw(np.random.default_rng(seed), [view], 3)
    asked = simulated.asked
    shape = view.labels.shape
    areas = np.bincount(view.labels.ravel())
    count = len(asked.view)
    assert count <= 3
    assert simulated.truth.shape == (count, 4 * asked.side, 4 * asked.side)
    if asked.points is not None:
        for point in asked.points[:, 0]:
            y, x = in_view(point, shape)
            cell = view.labels[min(round(y - 0.5), shape[0] - 1), min(round(x - 0.5), shape[1] - 1)]
            assert cell > 0
            assert areas[cell] >= SMALLEST or areas[1:].max() < SMALLEST
    if asked.boxes is not None:
        assert (asked.boxes[:, :2] < asked.boxes[:, 2:]).all()


@given(views(), st.integers(0, 10_000))
def test_windows_hold_the_whole_cell(view, seed):
    """As many pixels as the cell has, in the masks' resolution."""
    simulated = draw(np.random.default_rng(seed), [view], 1)
    scale = 256 / max(view.labels.shape)
    areas = np.bincount(view.labels.ravel())[1:] * scale**2
    found = float(simulated.truth.sum())
    assert np.abs(areas - found).min() <= 0.15 * found + 6


@pytest.mark.parametrize("seed", range(6))
def test_a_correction_points_at_the_larger_error(seed):
    rng = np.random.default_rng(seed)
    labels = np.zeros((256, 256), np.uint16)
    labels[100:140, 80:140] = 1
    while not (simulated := draw(rng, [SeenView(FEATURES, labels, 50.0)], 1)).corrects:
        pass
    answer = torch.full((1, 1, 256, 256), -5.0)
    # The right third of the cell is missing; a thin line beside it is too much.
    answer[0, 0, 100:140, 80:120] = 5
    answer[0, 0, 100:140, 76:80] = 5
    asked = correct(simulated, answer)
    assert asked.certain
    assert asked.positive.tolist() == [[1, 1]]
    y, x = in_view(asked.points[0, 1], (256, 256))
    assert 100 <= y < 140
    assert 120 <= x < 140
    answer[0, 0, 100:140, 80:140] = 5
    answer[0, 0, 100:140, 50:80] = 5
    asked = correct(simulated, answer)
    assert asked.positive.tolist() == [[1, 0]]
    y, x = in_view(asked.points[0, 1], (256, 256))
    assert 100 <= y < 140
    assert 50 <= x < 80
