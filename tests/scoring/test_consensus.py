"""Consensus against a slow reading of its definition, and what must hold for any input."""

from itertools import pairwise as neighbours
from math import fsum

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from napari_cellbench.scoring import score
from napari_cellbench.scoring.agreement import Cells, Pairwise
from napari_cellbench.scoring.consensus import Consensus, consensus

from .segmentations import SHAPE, cells_of, iou, several, thresholds

MANY = settings(max_examples=4 * settings.default.max_examples, deadline=None)


def consensus_of(segmentations, threshold) -> Consensus:
    return consensus(Pairwise([Cells.of(labels) for labels in segmentations]), threshold)


def by_definition(segmentations, threshold) -> list[tuple[frozenset[int], int]]:
    """Return pixels and votes of the cells that are shown."""
    free, stars = cells_of(segmentations), []
    while free:
        best = None
        for cell in free:
            taken = {cell[0]: cell}
            # The most similar of each segmentation, of equals the lower label.
            others = sorted(free, key=lambda c, cell=cell: (-iou(cell[2], c[2]), c[1]))
            for other in others:
                if iou(cell[2], other[2]) >= threshold:
                    taken.setdefault(other[0], other)
            total = fsum(iou(cell[2], other[2]) for other in taken.values())
            key = (-len(taken), round(-total, 9), min(cell[2]), -len(cell[2]))
            # Cells of one size that begin at one pixel: the definition leaves the choice.
            assume(best is None or key != best[0] or cell[2] == best[1][2])
            if best is None or key < best[0]:
                best = key, cell, taken
        _, cell, taken = best
        stars.append((cell[2], len(taken)))
        free = [cell for cell in free if cell not in taken.values()]
    drawn: set[int] = set()
    shown = []
    for pixels, votes in stars:
        left = pixels - drawn
        if 2 * len(left) >= len(pixels):
            shown.append((left, votes))
            drawn |= left
    return shown


def drawn(found: Consensus) -> list[tuple[frozenset[int], int]]:
    return [
        (frozenset(np.flatnonzero(found.labels == k).tolist()), int(votes))
        for k, votes in enumerate(found.votes, start=1)
    ]


@MANY
@given(segmentations=several, threshold=thresholds)
def test_order_of_segmentations_makes_no_difference(segmentations, threshold):
    found = consensus_of(segmentations, threshold)
    back = consensus_of(segmentations[::-1], threshold)
    np.testing.assert_array_equal(found.labels, back.labels)
    np.testing.assert_array_equal(found.votes, back.votes)
    np.testing.assert_array_equal(found.members, back.members[:, ::-1])


@MANY
@given(segmentations=several, threshold=thresholds)
def test_fewer_votes_never_lose_cells(segmentations, threshold):
    found = consensus_of(segmentations, threshold)
    levels = [found.at(k) for k in range(len(segmentations), 0, -1)]
    for fewer_cells, more_cells in neighbours(levels):
        there = fewer_cells > 0
        np.testing.assert_array_equal(fewer_cells[there], more_cells[there])
    for k, level in zip(range(len(segmentations), 0, -1), levels, strict=True):
        assert len(np.unique(level[level > 0])) == found.count(k)
    np.testing.assert_array_equal(levels[-1], found.labels)


@MANY
@given(segmentations=several, threshold=thresholds)
def test_votes_are_of_cells_that_match(segmentations, threshold):
    """A method has one vote, each of its cells counts once, and the outline is one it drew."""
    found = consensus_of(segmentations, threshold)
    pixels = {(i, label): cell for i, label, cell in cells_of(segmentations)}
    for row, votes, label in zip(
        found.members, found.votes, range(1, 1 + len(found.votes)), strict=True
    ):
        cells = [pixels[i, int(k)] for i, k in enumerate(row) if k]
        assert len(cells) == votes
        shown = set(np.flatnonzero(found.labels == label).tolist())
        assert any(
            shown <= centre
            and 2 * len(shown) >= len(centre)
            and all(iou(centre, other) >= threshold for other in cells)
            for centre in cells
        )
    for column in found.members.T:
        assert len(np.unique(column[column > 0])) == (column > 0).sum()


@settings(MANY, max_examples=settings.default.max_examples)
@given(segmentations=several, threshold=thresholds)
def test_equal_to_the_definition(segmentations, threshold):
    """Wherever the definition leaves nothing to choose."""
    expected = by_definition(segmentations, threshold)
    found = drawn(consensus_of(segmentations, threshold))
    assert sorted(votes for _, votes in found) == sorted(votes for _, votes in expected)
    assert sorted(map(sorted_pixels, found)) == sorted(map(sorted_pixels, expected))


def sorted_pixels(cell) -> tuple[list[int], int]:
    return sorted(cell[0]), cell[1]


@given(labels=several.map(lambda several: several[0]), n=st.integers(2, 5))
@settings(deadline=None)
def test_same_segmentation_many_times_is_itself(labels, n):
    found = consensus_of([labels] * n, 0.5)
    np.testing.assert_array_equal(found.at(n) > 0, labels > 0)
    assert (found.votes == n).all()


def test_a_split_cell_keeps_the_outline_of_the_majority():
    whole, halves = np.zeros(SHAPE, np.int32), np.zeros(SHAPE, np.int32)
    whole[1:5, 1:7] = 9
    halves[1:5, 1:4], halves[1:5, 4:7] = 3, 4
    found = consensus_of([whole, halves, halves], 0.6)
    np.testing.assert_array_equal(found.at(1), np.where(halves == 3, 1, halves // 2))
    np.testing.assert_array_equal(found.votes, [2, 2])
    np.testing.assert_array_equal(found.members, [[0, 3, 3], [0, 4, 4]])
    found = consensus_of([whole, whole, halves], 0.6)
    np.testing.assert_array_equal(found.at(2), whole // 9)
    assert not found.at(3).any()


def test_real_consensus_is_better_than_most_of_its_methods(six_segmentations):
    """Three methods that split touching cells, and three that don't or grow them."""
    truth = six_segmentations["truth"]
    labels = [x for name, x in six_segmentations.items() if name not in ("image", "truth")]
    f1 = [score(truth, x).f1[0] for x in labels]
    assert score(truth, consensus_of(labels, 0.5).at(3)).f1[0] > np.median(f1)


def test_nothing_found():
    empty = np.zeros(SHAPE, np.int32)
    found = consensus_of([empty, empty], 0.5)
    assert not found.labels.any()
    assert found.count(1) == 0
    assert found.members.shape == (0, 2)
    assert found.at(1).dtype == np.int32


@pytest.mark.parametrize("k", [1, 2, 3])
def test_at_keeps_the_labels(six_segmentations, k):
    labels = [six_segmentations[name] for name in list(six_segmentations)[2:5]]
    found = consensus_of(labels, 0.5)
    kept = np.flatnonzero(found.votes >= k) + 1
    np.testing.assert_array_equal(
        found.at(k), np.where(np.isin(found.labels, kept), found.labels, 0)
    )
