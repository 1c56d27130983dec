import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_cellbench.engine.linking import link_planes


def square(*at, label=1):
    plane = np.zeros((20, 40), np.int32)
    for k, (top, left) in enumerate(at):
        plane[top : top + 8, left : left + 8] = label + k
    return plane


def test_an_object_keeps_its_label():
    planes = [square((2, 2), (2, 20)), square((3, 21), (3, 3)), square((4, 22), label=9)]
    linked = link_planes(planes)
    assert linked[1][5, 5] == linked[0][5, 5]
    assert linked[2][6, 25] == linked[1][6, 25] == linked[0][6, 25]


def test_a_new_object_has_a_new_label():
    linked = link_planes([square((2, 2)), square((2, 2), (2, 20)), square((2, 20))])
    assert [np.unique(plane[plane > 0]).tolist() for plane in linked] == [[1], [1, 2], [2]]


def test_the_better_partner_wins():
    """Of two objects that overlap one of the plane before, the one that overlaps it more."""
    linked = link_planes([square((2, 2)), square((2, 9), (2, 1))], iou=0.01)
    assert linked[1][5, 1] == 1
    assert linked[1][5, 12] == 2


def test_too_little_overlap():
    """Half a square in common is a third of the union."""
    before, after = square((2, 2)), square((2, 6))
    assert link_planes([before, after], iou=0.33)[1].max() == 1
    assert link_planes([before, after], iou=0.34)[1].max() == 2


planes = st.lists(hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 4)), max_size=4)


@given(planes)
def test_planes_keep_their_objects(planes):
    for plane, linked in zip(planes, link_planes(planes), strict=True):
        pairs = np.unique(np.stack([plane, linked]).reshape(2, -1), axis=1)
        assert len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]
        assert ((pairs[0] == 0) == (pairs[1] == 0)).all()
