"""Where segmentations differ, against a reading of the definition pixel by pixel."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings

from napari_cellbench.scoring import disagreement as module
from napari_cellbench.scoring.agreement import Cells, Pairwise
from napari_cellbench.scoring.disagreement import Disagreement, disagreement

from .segmentations import SHAPE, boxes, cells_of, iou, several, thresholds

MANY = settings(max_examples=2 * settings.default.max_examples, deadline=None)


def disagreement_of(segmentations, threshold=0.5) -> Disagreement:
    return disagreement(Pairwise([Cells.of(labels) for labels in segmentations]), threshold)


def image(*cells) -> np.ndarray:
    """A label image of rectangles (rows, columns)."""
    labels = np.zeros((20, 30), np.int32)
    for number, (rows, columns) in enumerate(cells, start=1):
        labels[rows, columns] = number
    return labels


WHOLE = image(np.s_[2:10, 2:14])
HALVES = image(np.s_[2:10, 2:8], np.s_[2:10, 8:14])
EMPTY = image()


def corner(*labels: int) -> np.ndarray:
    """Labels in the upper left of an image that is otherwise empty."""
    out = np.zeros(SHAPE, np.int32)
    out[0, : len(labels)] = labels
    return out


# A cell against its two halves: the IoU of each is 0.5.
CUT = [corner(1, 1), corner(1, 2)]


@MANY
@given(segmentations=several, threshold=thresholds)
@example(segmentations=CUT, threshold=0.5)
def test_map_is_the_part_of_pairs_that_differ(segmentations, threshold):
    cells = {(i, label): pixels for i, label, pixels in cells_of(segmentations)}
    expected = np.zeros(SHAPE)
    pairs = list(combinations(range(len(segmentations)), 2))

    def are_same(i, a, j, b) -> bool:
        own = iou(cells[i, a], cells[j, b])
        others = [iou(cells[i, a], cells[k]) for k in cells if k[0] == j and k[1] != b]
        others += [iou(cells[k], cells[j, b]) for k in cells if k[0] == i and k[1] != a]
        return own >= threshold and own > max(others, default=0)

    for at in np.ndindex(SHAPE):
        for i, j in pairs:
            a, b = int(segmentations[i][at]), int(segmentations[j][at])
            expected[at] += not (a == b == 0 or (a and b and are_same(i, a, j, b)))
    found = disagreement_of(segmentations, threshold)
    np.testing.assert_allclose(found.picture, expected / len(pairs), atol=1e-6)


@MANY
@given(segmentations=several)
def test_order_of_segmentations_makes_no_difference(segmentations):
    found, back = disagreement_of(segmentations), disagreement_of(segmentations[::-1])
    np.testing.assert_array_equal(found.picture, back.picture)
    assert sorted((p.box, p.counts, p.iou) for p in found.places) == sorted(
        (p.box, p.counts[::-1], p.iou) for p in back.places
    )


@MANY
@given(segmentations=several, threshold=thresholds)
@example(segmentations=CUT, threshold=0.5)
def test_places_hold_the_dispute_of_their_cells(segmentations, threshold):
    found = disagreement_of(segmentations, threshold)
    assert [p.disputed for p in found.places] == sorted(
        (p.disputed for p in found.places), reverse=True
    )
    assert sum(p.disputed for p in found.places) <= found.picture.sum() + 1e-4
    for place in found.places:
        top, left, bottom, right = place.box
        assert 0 <= top < bottom <= SHAPE[0]
        assert 0 <= left < right <= SHAPE[1]
        for labels, ids in zip(segmentations, place.cells, strict=True):
            assert set(ids) <= set(labels[top:bottom, left:right].ravel().tolist()) - {0}
        # Each place has at least a cell that another segmentation doesn't have.
        assert found.picture[top:bottom, left:right].max() > 0


def test_the_cells_of_a_place_are_named_as_in_their_labels():
    halves = np.where(HALVES == 2, 40, HALVES)
    (place,) = disagreement_of([WHOLE, halves, EMPTY]).places
    assert place.cells == ((1,), (1, 40), ())
    assert place.counts == (1, 2, 0)


@given(labels=boxes())
@settings(deadline=None)
def test_equal_segmentations_agree(labels):
    found = disagreement_of([labels] * 3)
    assert not found.picture.any()
    assert found.places == ()


@pytest.mark.parametrize(
    ("segmentations", "text", "kind"),
    [
        ([WHOLE, WHOLE, EMPTY, EMPTY, EMPTY, EMPTY], "Found by 2 of 6", "found"),
        (
            [WHOLE, WHOLE, WHOLE, HALVES, HALVES, EMPTY],
            "Split by 2 of 6",
            "split",
        ),
        ([WHOLE, HALVES, HALVES], "Merged by 1 of 3", "merged"),
        ([WHOLE, HALVES], "From 1 to 2 cells", "mixed"),
        (
            [WHOLE, image(np.s_[2:10, 2:5])],
            "Outlined differently, IoU from 0.25",
            "outline",
        ),
        (
            [WHOLE, image(np.s_[2:10, 2:5]), EMPTY],
            "Found by 2 of 3, outlined differently",
            "found",
        ),
    ],
)
def test_places_in_words(segmentations, text, kind):
    (place,) = disagreement_of(segmentations).places
    assert place.describe() == text
    assert place.kind == kind
    assert place.box == (2, 2, 10, 14)


def test_the_largest_dispute_comes_first():
    small = image(np.s_[2:10, 2:14], np.s_[15:18, 20:23])
    found = disagreement_of([WHOLE, small, EMPTY])
    assert [place.describe() for place in found.places] == ["Found by 2 of 3", "Found by 1 of 3"]
    # 2 of 3 pairs differ: over 96 pixels, and over 9.
    assert [place.disputed for place in found.places] == pytest.approx([64, 6])


def test_bands_make_no_difference(six_segmentations, monkeypatch):
    labels = [x for name, x in six_segmentations.items() if name not in ("image", "truth")]
    whole = disagreement_of(labels)
    monkeypatch.setattr(module, "BAND", 10_000)
    bands = disagreement_of(labels)
    np.testing.assert_array_equal(whole.picture, bands.picture)
    assert [p.box for p in whole.places] == [p.box for p in bands.places]
    assert len(whole.places) > 10
