import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.methods.mediar.sliding import gaussian, slide, windows

SIDE = st.integers(1, 70)


def echo(seen, first, count):
    assert first + len(seen) <= count
    return seen


@given(SIDE, SIDE, st.integers(4, 40), st.floats(0, 0.9), st.integers(1, 5))
def test_a_network_that_changes_nothing_gives_the_image_back(height, width, size, overlap, batch):
    image = np.random.default_rng(0).random((2, height, width), np.float32)
    found = slide(image, size, overlap, echo, batch)
    np.testing.assert_allclose(found, image, rtol=1e-5, atol=1e-6)


@given(st.integers(20, 90), st.integers(20, 90), st.integers(4, 20), st.floats(0, 0.9))
def test_windows_cover_the_image_and_lie_in_it(height, width, size, overlap):
    covered = np.zeros((height, width), bool)
    for row, column in windows((height, width), size, overlap):
        assert 0 <= row <= height - size
        assert 0 <= column <= width - size
        covered[row : row + size, column : column + size] = True
    assert covered.all()


def test_windows_overlap_as_asked():
    rows = sorted({row for row, _ in windows((1000, 512), 512, 0.6)})
    assert rows == [0, 204, 408, 488]


def test_the_middle_of_a_window_counts_most():
    weights = gaussian(64)
    assert weights.max() == pytest.approx(weights[32, 31], rel=1e-6)
    assert weights.min() > 0
    np.testing.assert_allclose(weights, weights[::-1, ::-1].T)

    def numbered(seen, first, count):
        return np.arange(first, first + len(seen))[:, None, None, None] + 0 * seen

    image = np.zeros((1, 64, 96), np.float32)
    found = slide(image, 64, 0.5, numbered)
    assert found[0, 32, 20] < 0.1
    assert found[0, 32, 75] > 0.9
