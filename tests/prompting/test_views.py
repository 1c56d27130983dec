"""Where views lie: around what is pointed at, on a lattice, within the image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.prompting.views import View, best_side, view_at


@given(
    shape=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    share=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)),
    side=st.integers(16, 1024),
)
def test_a_view_holds_the_point_with_room_around_it(shape, share, side):
    point = [s * whole for s, whole in zip(share, shape, strict=True)]
    view = view_at(point, shape, side)
    assert view.holds(point)
    spans = ((view.y, view.height), (view.x, view.width))
    for at, (start, length), whole in zip(point, spans, shape, strict=True):
        assert start >= 0
        assert start + length <= whole
        assert length <= 1.25 * side
        # Near an edge of the view only where that is the image's.
        assert start == 0 or at - start >= side / 4 - 1
        assert start + length == whole or start + length - at >= side / 4 - 1


def test_neighbours_share_views():
    views = {view_at((500, x), (1024, 1024), 256) for x in range(1024)}
    assert len(views) == 7
    assert view_at((10, 10), (300, 200), 256) == View(0, 0, 300, 200)
    assert View(5, 6, 7, 8).slices == (slice(5, 12), slice(6, 14))


@pytest.mark.parametrize(("size", "side"), [(1, 128), (20, 400), (500, 1024)])
def test_the_best_side_goes_with_the_cells(size, side):
    assert best_side(size) == side
