"""Masks that are followed only near the prompt: nothing of a finished one is missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.methods.segment_anything.enlarging import input_shape
from napari_cellbench.methods.segment_anything.windows import FINER, GRID, goes_on, window_around
from napari_cellbench.prompting.prompts import LOW, Prompt
from napari_cellbench.prompting.views import View

SIDES = st.integers(40, 1400)


@st.composite
def asked(draw):
    """A view, a point or a box in it, and a distance."""
    view = View(draw(st.integers(0, 300)), draw(st.integers(0, 300)), draw(SIDES), draw(SIDES))
    y, x = (
        start + draw(st.floats(0, 0.999)) * side
        for start, side in ((view.y, view.height), (view.x, view.width))
    )
    if draw(st.booleans()):
        prompt = Prompt.click(y, x)
    else:
        prompt = Prompt.drag(y, x, y + draw(st.floats(1, 200)), x + draw(st.floats(1, 200)))
    return view, prompt, draw(st.floats(1, 600))


@given(asked())
def test_a_window_holds_what_is_near_to_the_prompt(asked):
    view, prompt, reach = asked
    window = window_around(prompt, view, reach)
    if window is None:
        return
    y, x, side = window
    assert 0 <= y <= GRID - side
    assert 0 <= x <= GRID - side
    scale = np.array(input_shape(view.height, view.width)) / (view.height, view.width) / 16
    points = prompt.points if prompt.box is None else np.reshape(prompt.box, (2, 2))
    ends = np.clip(
        [points.min(0) - reach, points.max(0) + reach],
        (view.y, view.x),
        (view.y + view.height, view.x + view.width),
    )
    inside = (ends - (view.y, view.x)) * scale
    assert (inside >= np.array([y, x]) - 1e-6).all()
    assert (inside <= np.array([y, x]) + side + 1e-6).all()


@given(asked(), st.integers(0, LOW - 1), st.integers(0, LOW - 1), st.integers(1, 60))
def test_a_mask_that_leaves_the_window_is_told(asked, row, column, size):
    view, prompt, reach = asked
    window = window_around(prompt, view, reach)
    if window is None:
        return
    height, width = (-(-side // 4) for side in input_shape(view.height, view.width))
    whole = np.full((LOW, LOW), -9, np.float32)
    whole[row : min(row + size, height), column : min(column + size, width)] = 5
    y, x, side = (FINER * part for part in window)
    cut = np.full_like(whole, -32)
    cut[y : y + side, x : x + side] = whole[y : y + side, x : x + side]
    is_missing = (whole > 0).sum() != (cut > 0).sum()
    if is_missing and (cut > 0).any():
        assert goes_on(cut, window, view)


def test_without_a_window_nothing_is_missing():
    assert not goes_on(np.full((LOW, LOW), 5, np.float32), None, View(0, 0, 100, 100))


@pytest.fixture(scope="module")
def both():
    pytest.importorskip("torch")
    pytest.importorskip("segment_anything")
    from napari_cellbench.checkpoints import get_checkpoint
    from napari_cellbench.data.samples import demo_sample
    from napari_cellbench.data.statistics import ExactStatistics
    from napari_cellbench.methods.segment_anything.network import load_sam
    from napari_cellbench.methods.segment_anything.prompter import EVERY, Prompter

    sample = demo_sample()
    prompter = Prompter(load_sam(get_checkpoint("mobile-sam").path))
    view = View(64, 96, 256, 320)
    embedding = prompter.embed(sample.image, sample.roles, ExactStatistics(sample.image), view)
    truth = sample.truth["nucleus"].labels
    cells = [i for i in np.unique(truth[view.slices]) if i][::4]
    asked = []
    for cell in cells:
        y, x = (float(at) for at in np.argwhere(truth == cell)[0])
        if view.holds((y, x)):
            prompt = Prompt.click(y, x)
            asked.append([prompter.ask(embedding, prompt, EVERY, reach) for reach in (None, 40.0)])
    return asked


def test_finished_masks_are_the_whole_view_s_near_the_prompt(both):
    finished = 0
    for whole, near in both:
        for a, b in zip(whole, near, strict=True):
            assert a.iou == pytest.approx(b.iou, abs=1e-4)
            if b.unfinished or not b.mask.size:
                continue
            finished += 1
            shape = (512, 512)
            inside = np.zeros(shape, bool)
            inside[b.slices] = True
            # Pixels at the cut-off may fall to either side by rounding.
            assert np.count_nonzero(a.whole(shape) & inside ^ b.whole(shape)) <= 3
    assert finished > 5


def test_what_is_larger_is_unfinished(both):
    for whole, near in both:
        for a, b in zip(whole, near, strict=True):
            if max(a.mask.shape) > 150:
                assert b.unfinished or b.mask.size < a.mask.size
