import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_cellbench.methods.dsb2018.first.cells import Thresholds, core, found_cells
from napari_cellbench.methods.dsb2018.first.features import COUNT, Surroundings, described
from napari_cellbench.methods.dsb2018.first.ranking import (
    by_certainty,
    chosen,
    drawn,
    families,
    fitted,
    overlaps,
)


def discs(*centres, radius=9, size=64):
    y, x = np.mgrid[:size, :size]
    labels = np.zeros((size, size), np.int32)
    for number, (row, column) in enumerate(centres, 1):
        labels[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = number
    return labels


def maps(labels, valley=0.0):
    """Maps of discs, the pixels between two of which are as sure as `valley`."""
    inside = gaussian_filter((labels > 0).astype(float), 1)
    body = (255 * inside).astype(np.uint8)
    border = np.zeros(labels.shape, np.uint8)
    border[:, 30:33] = np.where(inside[:, 30:33] > 0.5, 255 * (1 - valley), 0)
    return body, border, body


def two(valley):
    return maps(discs((32, 22), (32, 40)), valley)


def test_a_border_divides_and_is_given_back():
    body, border, extended = two(0.2)
    labels = found_cells(body, border, extended, Thresholds())
    assert labels.max() == 2
    assert labels[32, 22] != labels[32, 40]
    assert (labels[32, 14:48] > 0).all()


def test_each_threshold_matters():
    body, border, extended = two(0.2)
    sizes = {}
    for name, how in {
        "as it is": Thresholds(),
        "body": Thresholds(body=240),
        "extended": Thresholds(extended=254),
    }.items():
        sizes[name] = (found_cells(body, border, extended, how) > 0).sum()
    assert sizes["body"] < sizes["as it is"]
    assert sizes["extended"] < sizes["as it is"]
    assert not found_cells(body, border, extended, Thresholds(smallest=2000)).any()
    assert not found_cells(body, border, extended, Thresholds(seed=1)).any()


def families_of(valley):
    body, border, extended = two(valley)
    labels = found_cells(body, border, extended, Thresholds())
    return labels, families(labels, body, border, extended), body, border


def test_a_weak_border_gives_a_cell_that_may_fall_apart():
    labels, found, *_ = families_of(0.75)
    assert labels.max() == 1
    (family,) = found
    assert family.levels
    for parts in family.levels:
        assert len(parts) == 2
        whole = sum(part.mask.astype(int) for part in parts)
        np.testing.assert_array_equal(whole, family.whole.mask)


@pytest.mark.parametrize(("ranks", "count"), [((0.5, 0.4, 0.6), 2), ((0.7, 0.4, 0.6), 1)])
def test_trees_take_the_parts_if_one_is_better(ranks, count):
    labels, found, *_ = families_of(0.75)
    of_each = np.array([ranks[0], *ranks[1:] * len(found[0].levels)])
    kept = chosen(found, [of_each], 0.3, are_ranks=True)
    assert len(kept) == count
    drawn_labels, values = drawn(kept, labels.shape)
    assert drawn_labels.max() == count
    np.testing.assert_array_equal(drawn_labels > 0, labels > 0)
    assert sorted(values) == pytest.approx(sorted(ranks[1:] if count == 2 else ranks[:1]))


def test_trees_drop_what_is_no_cell():
    _, found, *_ = families_of(0.75)
    ranks = np.full(len(found[0].members), 0.1)
    assert not chosen(found, [ranks], 0.3, are_ranks=True)


@pytest.mark.parametrize(("valley", "count"), [(0.62, 2), (0.97, 1)])
def test_certainty_divides_where_the_border_is_clear(valley, count):
    _, found, body, border = families_of(valley)
    kept = chosen(found, by_certainty(found, body, border), 0, are_ranks=False)
    assert len(kept) == count


def test_overlaps_count_from_a_half_on():
    labels, found, *_ = families_of(0.75)
    candidates = found[0].members
    truth = discs((32, 22), (32, 40))
    whole, *parts = overlaps(candidates, truth)
    assert whole == 0
    assert min(parts) > 0.8
    assert not overlaps(candidates, np.zeros_like(truth)).any()
    assert overlaps(candidates, labels)[0] == 1


def test_features_are_numbers_for_every_shape():
    labels = discs((10, 10), (40, 40), radius=6)
    labels[60, 60] = 3
    labels[0, :5] = 4
    body = (labels > 0).astype(np.uint8) * 200
    found = families(labels, body, np.zeros_like(body), body)
    rows = described([family.whole for family in found], Surroundings.of(labels, body))
    assert rows.shape == (4, COUNT)
    assert np.isfinite(rows).all()
    np.testing.assert_array_equal(rows[:, 0], np.bincount(labels.ravel())[1:])
    # Which ones touch the image's edge, and what they have for neighbours within 50 pixels.
    assert rows[:, 22].tolist() == [0, 0, 0, 1]
    distances = np.hypot(*(np.array([[10, 10], [40, 40], [60, 60], [0, 2]]) - [10, 10]).T)
    assert rows[0, 29] == ((distances > 0) & (distances < 50)).sum()


def test_core_is_body_without_border():
    body, border = np.array([[255, 255, 0]], np.uint8), np.array([[0, 255, 0]], np.uint8)
    assert core(body, border).tolist() == [[1, 0, 0]]


def test_few_candidates_make_no_trees():
    assert fitted([(np.zeros((10, COUNT)), np.zeros(10))], 0) is None
