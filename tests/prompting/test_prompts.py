"""What is asked and answered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.errors import InputError
from napari_cellbench.prompting.prompts import Candidate, Prompt

LOGITS = np.zeros((256, 256), np.float32)


@given(*[st.floats(-1000, 1000) for _ in range(4)])
def test_a_box_is_drawn_from_any_corner(y0, x0, y1, x1):
    if y0 == y1 or x0 == x1:
        with pytest.raises(InputError, match="no area"):
            Prompt.drag(y0, x0, y1, x1)
        return
    assert Prompt.drag(y0, x0, y1, x1).box == Prompt.drag(y1, x0, y0, x1).box


def test_prompts_that_say_nothing():
    none = np.zeros((0, 2))
    with pytest.raises(InputError, match="positive point or a box"):
        Prompt(none, np.zeros(0, bool))
    with pytest.raises(InputError, match="positive point or a box"):
        Prompt(np.zeros((1, 2)), np.zeros(1, bool))
    with pytest.raises(InputError, match="pairs"):
        Prompt(np.zeros((1, 3)), np.ones(1, bool))
    with pytest.raises(InputError, match="positive or negative"):
        Prompt(np.zeros((1, 2)), np.ones(2, bool))
    with pytest.raises(InputError, match="256"):
        Prompt(np.zeros((1, 2)), np.ones(1, bool), logits=np.zeros((3, 3), np.float32))


def test_a_correction_goes_on_from_what_was_chosen():
    chosen = Candidate(np.ones((2, 3), bool), (4, 5), 0.9, 0.9, LOGITS + 7)
    prompt = Prompt.click(5, 6).corrected(9, 9, False, chosen)
    assert prompt.points.tolist() == [[5, 6], [9, 9]]
    assert prompt.positive.tolist() == [True, False]
    assert prompt.logits is chosen.logits
    assert chosen.whole((10, 10)).sum() == 6
    assert chosen.whole((10, 10))[4:6, 5:8].all()
