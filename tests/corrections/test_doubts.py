"""One list, in any order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.corrections.doubts import ORDERS, Doubt, chosen, combined, ordered
from napari_cellbench.errors import InputError


def at(row, column, doubt=0.5, size=9, cells=(1,), **more):
    return Doubt("size", cells, (row, column, row + 3, column + 5), "Odd", doubt, size, **more)


def test_place_is_in_the_middle():
    assert at(10, 20).place == (11, 22)


def test_the_same_reason_is_said_once():
    (both,) = combined([at(0, 0), at(0, 0)])
    assert (both.reason, both.kind) == ("Odd", "size")


def test_places_without_cells_stay_apart():
    assert len(combined([at(0, 0, cells=()), at(9, 9, cells=()), at(9, 9, cells=(), at=(1,))])) == 3


def test_orders():
    doubts = [at(5, 5, 0.2, 30, (4,)), at(0, 0, 0.9, 10, (9,)), at(9, 9, 0.9, 20, (2,))]
    first = {order: [one.cells[0] for one in ordered(doubts, order)] for order in ORDERS}
    assert first["doubt"] == [2, 9, 4]
    assert first["size"] == [4, 2, 9]
    assert first["id"] == [2, 4, 9]
    with pytest.raises(InputError, match="doubt, size, place, id, not colour"):
        ordered(doubts, "colour")


def test_a_way_with_short_steps():
    rng = np.random.default_rng(1)
    doubts = [at(int(row), int(column)) for row, column in rng.integers(0, 1000, (200, 2))]
    way = np.array([one.place for one in ordered(doubts, "place")])
    steps = np.hypot(*np.diff(way, axis=0).T)
    anyhow = np.hypot(*np.diff([one.place for one in doubts], axis=0).T)
    assert steps.sum() < anyhow.sum() / 4


@given(st.lists(st.builds(at, st.integers(0, 99), st.integers(0, 99)), max_size=20))
def test_orders_lose_nothing(doubts):
    for order in ORDERS:
        assert sorted(map(hash, ordered(doubts, order))) == sorted(map(hash, doubts))


def test_choosing():
    doubts = [at(0, 0, 0.1), Doubt("size+edge", (2,), (0, 0, 1, 1), "", 0.8)]
    assert chosen(doubts, {"edge"}) == doubts[1:]
    assert chosen(doubts, least=0.5) == doubts[1:]
    assert chosen(doubts, {"size"}) == doubts
    assert chosen(doubts, ()) == []
