"""Kinds of errors, against the assignment problem and graph that deepcell describes."""

from collections import Counter

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from napari_cellbench.data import Instances
from napari_cellbench.scoring.errors import FALSE, MATCHED, MISSED, error_map, object_errors
from napari_cellbench.scoring.overlap import overlap


def by_assignment(truth, prediction, cutoff1=0.4, cutoff2=0.1):
    """Count as deepcell's documentation says: a cost matrix, then a graph of what is left."""
    t = [truth == i for i in np.unique(truth) if i]
    p = [prediction == i for i in np.unique(prediction) if i]
    n, m = len(t), len(p)
    iou = np.array([[(a & b).sum() / (a | b).sum() for b in p] for a in t]).reshape(n, m)
    small = np.array([[(a & b).sum() / min(a.sum(), b.sum()) for b in p] for a in t]).reshape(n, m)
    iou = np.where((iou <= cutoff1) & (small > 0.5), cutoff2, iou)
    cost = np.ones((n + m, n + m))
    cost[:n, :m] = 1 - iou
    cost[n:, m:] = 1 - iou.T
    cost[n:, :m][np.diag_indices(m)] = cutoff1
    cost[:n, m:][np.diag_indices(n)] = cutoff1
    rows, columns = linear_sum_assignment(cost)
    pairs = {(r, c) for r, c in zip(rows, columns, strict=True) if r < n and c < m}
    graph = nx.Graph()
    graph.add_nodes_from(("t", i) for i in range(n) if i not in {r for r, _ in pairs})
    graph.add_nodes_from(("p", j) for j in range(m) if j not in {c for _, c in pairs})
    for i, j in zip(*np.nonzero(iou >= cutoff2), strict=True):
        if ("t", i) in graph and ("p", j) in graph:
            graph.add_edge(("t", i), ("p", j))
    counts: dict[str, int] = Counter()
    for group in nx.connected_components(graph):
        a = sum(side == "t" for side, _ in group)
        b = len(group) - a
        if a <= 1 and b <= 1:
            counts["missed_detections"] += a
            counts["gained_detections"] += b
        elif a == 1:
            counts["split"] += 1
            counts["gained_det_from_split"] += b - 1
        elif b == 1:
            counts["merge"] += 1
            counts["missed_det_from_merge"] += a - 1
        else:
            counts["catastrophe"] += 1
    counts["correct_detections"] = len(pairs)
    return counts


@st.composite
def cells(draw):
    """Rectangles drawn over each other: touching, contained, split and merged."""
    labels = np.zeros((16, 16), int)
    for i in range(1, draw(st.integers(0, 9)) + 1):
        y, x = draw(st.integers(0, 14)), draw(st.integers(0, 14))
        labels[y : y + draw(st.integers(1, 8)), x : x + draw(st.integers(1, 8))] = i
    return labels


@settings(max_examples=5 * settings.default.max_examples, deadline=None)
@given(truth=cells(), prediction=cells())
def test_equal_to_the_assignment_problem(truth, prediction):
    pairs = overlap(truth, prediction)
    if np.isclose(pairs.iou, 0.6).any():
        return  # the assignment problem has two solutions then
    found = object_errors(pairs).counts
    expected = by_assignment(truth, prediction)
    for name in set(found) - {"true_det_in_catastrophe", "pred_det_in_catastrophe"}:
        assert found[name] == expected[name], name


def test_each_kind():
    truth = np.zeros((12, 40), int)
    prediction = truth.copy()
    truth[1:9, 1:6] = prediction[1:9, 1:6] = 1  # right
    truth[1:9, 8:13] = 2  # missed
    prediction[1:9, 15:20] = 3  # extra
    truth[1:9, 22:27] = 4  # split in two
    prediction[1:5, 22:27], prediction[5:9, 22:27] = 5, 6
    truth[1:5, 29:33], truth[5:9, 29:33] = 7, 8  # merged
    prediction[1:9, 29:33] = 9
    truth[1:9, 35:39] = 10  # badly outlined
    prediction[1:5, 35:39] = 11
    errors = object_errors(overlap(truth, prediction))
    assert errors.correct == [(1, 1)]
    assert errors.missed == [2, 10]
    assert errors.extra == [3, 11]
    assert errors.splits == [(4, (5, 6))]
    assert errors.merges == [((7, 8), 9)]
    assert errors.badly_outlined == [(10, 11)]
    assert errors.iou == {(1, 1): 1.0, (10, 11): 0.5}


def test_error_map():
    truth = np.zeros((7, 20), int)
    prediction = truth.copy()
    truth[1:6, 1:6] = prediction[1:6, 1:6] = 1
    truth[1:6, 8:12] = 2
    prediction[1:6, 11:16] = 3
    drawn = error_map(truth, prediction)
    assert (drawn[1, 1], drawn[3, 3], drawn[0, 0]) == (MATCHED, 0, 0)
    assert (drawn[1:6, 8:12] == MISSED).all()
    assert (drawn[1:6, 12:16] == FALSE).all()
    strict = error_map(truth, prediction, threshold=1.0)
    np.testing.assert_array_equal(strict, drawn)


@settings(max_examples=settings.default.max_examples, deadline=None)
@given(
    truth=arrays(np.int32, (6, 7), elements=st.integers(0, 4)),
    prediction=arrays(np.int32, (6, 7), elements=st.integers(0, 4)),
)
def test_every_object_is_sorted_once(truth, prediction):
    pairs = overlap(truth, prediction)
    errors = object_errors(pairs)
    truths = [t for t, _ in errors.correct] + errors.missed + [t for t, _ in errors.splits]
    truths += [t for group, _ in errors.merges + errors.catastrophes for t in group]
    assert sorted(truths) == pairs.truth_ids.tolist()


def test_error_map_of_overlapping_masks():
    """A cell that is half covered by another still counts as found."""
    masks = np.zeros((2, 6, 9), bool)
    masks[0, 1:5, 1:7] = masks[1, 1:5, 4:8] = True
    truth = Instances.from_masks(masks, (6, 9))
    prediction = Instances.from_masks(masks[:1], (6, 9))
    flat = truth.to_labels(), prediction.to_labels()
    known = overlap(truth, prediction)
    drawn = error_map(*flat, 0.9, known)
    assert MATCHED in drawn
    assert FALSE not in drawn
