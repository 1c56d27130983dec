"""Two segmentations cell by cell, against stardist's matching."""

import numpy as np
import pytest
from hypothesis import given, settings

from napari_cellbench.errors import InputError
from napari_cellbench.scoring.cell_pairs import cell_pairs, finding
from napari_cellbench.scoring.overlap import overlap

from .segmentations import boxes, cells_of, iou, thresholds

MANY = settings(max_examples=2 * settings.default.max_examples, deadline=None)


@MANY
@given(truth=boxes(), prediction=boxes(), threshold=thresholds)
def test_finding(truth, prediction, threshold):
    found = finding(overlap(truth, prediction), threshold)
    true_cells = [pixels for _, _, pixels in cells_of([truth])]
    predicted = {label: pixels for _, label, pixels in cells_of([prediction])}
    best = [max((iou(a, b) for b in predicted.values()), default=0) for a in true_cells]
    np.testing.assert_allclose(found.best_iou, best)
    for cell, match in zip(true_cells, found.match, strict=True):
        assert match == 0 or iou(cell, predicted[int(match)]) >= threshold
    np.testing.assert_array_equal(found.found, found.match > 0)
    matches = found.match[found.found].tolist()
    assert sorted([*matches, *found.false.tolist()]) == sorted(predicted)
    np.testing.assert_array_equal(found.right, np.isin(sorted(predicted), matches))


def test_real_counts_equal_stardist(six_segmentations):
    matching = pytest.importorskip("stardist.matching").matching
    truth = six_segmentations["truth"]
    a, b = (
        finding(overlap(truth, six_segmentations[name]))
        for name in ("Otsu and watershed", "Otsu, touching cells joined")
    )
    for name, one in (("Otsu and watershed", a), ("Otsu, touching cells joined", b)):
        reference = matching(truth, six_segmentations[name], thresh=0.5)
        assert (one.found.sum(), len(one.false)) == (reference.tp, reference.fp)
    pairs = cell_pairs(a, b)
    parts = [pairs.both, pairs.only_a, pairs.only_b, pairs.neither]
    np.testing.assert_array_equal(np.sum(parts, axis=0), 1)
    assert pairs.only_a.sum() > pairs.only_b.sum()
    np.testing.assert_array_equal(pairs.both | pairs.only_a, a.found)
    np.testing.assert_array_equal(pairs.both | pairs.only_b, b.found)


def test_different_truths():
    one, other = np.array([[1, 0, 2]]), np.array([[1, 0, 3]])
    with pytest.raises(InputError, match="one"):
        cell_pairs(finding(overlap(one, one)), finding(overlap(other, other)))
