import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.methods.dsb2018.first.trees import Forest, grow_forest


def data(seed, count=300):
    rng = np.random.default_rng(seed)
    examples = rng.random((count, 6)) * [1, 10, 100, 1, 1, 1]
    truth = (examples[:, 1] > 4) * 0.5 + (examples[:, 2] > 60) * (examples[:, 0] > 0.5) * 0.4
    return examples, truth, np.arange(count) // 10


def test_learns_steps_and_their_interaction():
    forest = grow_forest(*data(0))
    examples, truth, _ = data(1)
    error = np.mean((forest.predict(examples) - truth) ** 2)
    assert error < 0.1 * truth.var()


@given(st.integers(0, 1000))
def test_text_keeps_everything(seed):
    forest = grow_forest(*data(seed, 60))
    examples, _, _ = data(seed + 1, 40)
    again = Forest.from_json(forest.to_json(), 6)
    np.testing.assert_allclose(again.predict(examples), forest.predict(examples))


def test_one_image_gives_the_mean():
    examples, truth, _ = data(0, 40)
    forest = grow_forest(examples, truth, np.zeros(40, int))
    np.testing.assert_allclose(forest.predict(examples), truth.mean())


def test_nothing_to_tell_apart():
    forest = grow_forest(np.ones((40, 3)), np.arange(40.0), np.arange(40) // 4)
    np.testing.assert_allclose(forest.predict(np.ones((5, 3))), 19.5, atol=5)
