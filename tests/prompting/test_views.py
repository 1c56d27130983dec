"""Where views lie: around what is pointed at, on a lattice, within the image."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.prompting.views import (
    LARGEST_SIDE,
    SMALLEST_SIDE,
    SUITS,
    View,
    best_side,
    view_at,
)


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


@given(st.floats(1, 100), st.sampled_from([None, 128, 300, 1024]))
def test_the_best_side_goes_with_the_cells(size, present):
    side = best_side(size, present)
    assert SMALLEST_SIDE <= side <= LARGEST_SIDE
    exact = min(max(20 * size, SMALLEST_SIDE), LARGEST_SIDE)
    assert 1 / SUITS <= side / exact <= SUITS
    assert present is None or side == present or not 1 / SUITS < present / exact < SUITS


def test_views_stay_while_cells_are_added():
    sizes = np.random.default_rng(0).normal(20, 2, 500)
    side, seen = None, set()
    for count in range(3, len(sizes)):
        side = best_side(float(np.median(sizes[:count])), side)
        seen.add(side)
    assert len(seen) == 1
