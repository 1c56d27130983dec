"""Tiles cover the image, and overlap as asked."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_cellbench.engine.client.tiling import ALIGNMENT, cut, tile_ends
from napari_cellbench.methods.base import Tiling

lengths = st.integers(1, 700)
sizes = st.integers(8, 400)


@settings(deadline=None)
@given(st.tuples(lengths, lengths), sizes, st.integers(0, 250))
def test_tiles(shape, size, overlap):
    covered = np.zeros(shape, int)
    for tile in cut(shape, Tiling(size, overlap)):
        covered[tile.core] += 1
        for region, core, length in zip(tile.region, tile.core, shape, strict=True):
            assert 0 <= region.start <= core.start < core.stop <= region.stop <= length
            assert region.stop - region.start <= size
    assert (covered == 1).all()


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(2, 400), st.integers(0, 250))
def test_neighbours_overlap_as_asked(length, size, overlap):
    overlap = min(overlap, size // 2)
    regions = [tile.region[1] for tile in cut((1, length), Tiling(size, overlap))]
    assert all(a.stop - b.start >= overlap for a, b in pairwise(regions))
    assert all(a.start < b.start for a, b in pairwise(regions))


@settings(deadline=None)
@given(st.integers(401, 3000), st.integers(2, 400), st.integers(0, 250))
def test_seams_are_in_the_middle_of_the_overlap(length, size, overlap):
    tiles = cut((length, 1), Tiling(size, overlap))
    for before, after in pairwise(tiles):
        seam = after.core[0].start
        to_end, to_start = before.region[0].stop - seam, seam - after.region[0].start
        assert abs(to_end - to_start) <= 1


@given(st.integers(1, 20000))
def test_starts_are_aligned_and_tiles_about_equal(length):
    tiles = cut((1, length), Tiling(1024, 128))
    assert all(tile.region[1].start % ALIGNMENT == 0 for tile in tiles)
    assert len(tiles) == 1 or all(
        tile.region[1].stop - tile.region[1].start > 1024 - ALIGNMENT for tile in tiles
    )


@settings(deadline=None)
@given(st.tuples(lengths, lengths), sizes, st.integers(0, 250))
def test_ends_are_those_of_the_tiles_inside_the_image(shape, size, overlap):
    tiling = Tiling(size, overlap)
    for axis, found in enumerate(tile_ends(shape, tiling)):
        regions = [tile.region[axis] for tile in cut(shape, tiling)]
        ends = {region.start for region in regions} | {region.stop for region in regions}
        assert found == sorted(ends - {0, shape[axis]})


def test_number_of_tiles():
    assert len(cut((1, 1024), Tiling(1024, 128))) == 1
    assert len(cut((1025, 1025), Tiling(1024, 128))) == 4
    assert len(cut((1, 10000), Tiling(1024, 64))) == 11
