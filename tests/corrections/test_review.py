"""States follow decisions and edits, and go back with them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.corrections import tools
from napari_cellbench.corrections.doubts import Doubt
from napari_cellbench.corrections.journal import KEPT, Journal, Snapshot
from napari_cellbench.corrections.pace import Pace
from napari_cellbench.corrections.review import CellState, Progress, Review
from napari_cellbench.errors import InputError
from napari_cellbench.files.schema import to_json, typed

from .scenes import lines, scenes

RIGHT, CORRECTED, UNSURE, UNSEEN = (
    CellState.RIGHT,
    CellState.CORRECTED,
    CellState.UNSURE,
    CellState.UNSEEN,
)


@pytest.fixture
def review(labels) -> Review:
    made = Review()
    made.meet(np.unique(labels[labels > 0]))
    return made


def test_edits_move_states(review, labels):
    review.mark([1, 2, 7], RIGHT)
    for tool, arguments, expected in (
        (tools.split_line, ([(20, 2), (20, 28)],), {1: CORRECTED, 8: CORRECTED}),
        (tools.delete, (7,), {7: None}),
        (tools.merge, ([1, 2],), {1: CORRECTED, 2: None}),
        (tools.add_mask, (np.ones((4, 4)), (40, 10)), {9: CORRECTED}),
        (tools.renumber, (), {1: CORRECTED, 2: UNSEEN, 3: CORRECTED, 4: CORRECTED, 8: None}),
    ):
        edit = tool(labels, *arguments)
        edit.apply(labels)
        review.note(edit)
        for cell, state in expected.items():
            assert review.states.get(((), cell)) is state
        there = np.unique(labels[labels > 0]).tolist()
        assert sorted(cell for _, cell in review.states) == there


def test_undo_after_review(review, labels):
    review.mark(2, UNSURE)
    before = dict(review.states)
    edits = tools.delete(labels, [2, 7]), tools.merge(labels, [1, 2]), tools.grow(labels, 7, 2)
    for edit in edits:
        change = review.note(edit)
        assert dict(review.states) != before
        review.take_back(change)
        assert dict(review.states) == before


@given(scenes(), lines, st.lists(st.sampled_from(list(CellState)), min_size=6, max_size=6))
def test_states_are_those_of_the_cells_that_are_there(labels, line, states):
    review = Review()
    ids = np.unique(labels[labels > 0]).tolist()
    review.meet(ids)
    for cell, state in zip(ids, states, strict=False):
        review.mark(cell, state)
    for tool in (tools.split_line, tools.merge_along, tools.add_outline):
        try:
            edit = tool(labels, line)
        except InputError:
            continue
        before = dict(review.states)
        change = review.note(edit)
        after = labels.copy()
        edit.apply(after)
        assert {cell for _, cell in review.states} == set(np.unique(after[after > 0]).tolist())
        untouched = {key: state for key, state in before.items() if key[1] not in edit.changed_ids}
        assert untouched.items() <= review.states.items()
        review.take_back(change)
        assert review.states == before


def test_planes_are_apart():
    review = Review()
    review.meet([1, 2], (0,))
    review.meet([1], (1,))
    review.mark(1, RIGHT, (1,))
    assert review.state(1, (0,)) is UNSEEN
    review.meet([2, 3], (0,))
    assert sorted(review.states) == [((0,), 2), ((0,), 3), ((1,), 1)]
    assert review.progress(lambda key: key[0] == (1,)).checked == 1
    review.mark(77, RIGHT, (1,))
    assert review.progress().total == 3


def test_progress(labels):
    now = [0.0]
    review = Review(pace=Pace(clock=lambda: now[0]))
    review.meet(range(1, 421))
    for cell in range(1, 302):
        now[0] += 4
        review.mark(cell, RIGHT)
    review.mark(range(302, 313), CORRECTED)
    review.mark([313, 314, 315], UNSURE)
    said = review.progress()
    assert (said.checked, said.left) == (312, 108)
    assert said.text().startswith("312 of 420 checked, 11 corrected, 3 unsure, about ")
    assert 60 * 6 < said.seconds_left < 60 * 8
    assert Progress(5, 5, 0, 0, 0, 0.0).text() == "5 of 5 checked"
    assert Progress(5, 3, 0, 0, 2, 40.0).text() == "3 of 5 checked, about 40 s left"


def test_looking_again_is_no_decision(labels):
    now = [0.0]
    review = Review(pace=Pace(clock=lambda: now[0]))
    review.meet(range(1, 50))
    review.mark(1, RIGHT)
    for cell in range(2, 9):
        now[0] += 10
        review.note(tools.grow(np.where(labels == 7, cell, 0), cell, 1))
        now[0] += 10
        review.mark(cell, RIGHT)
    assert 18 < review.pace.each <= 20


def test_doubts_that_are_settled(review):
    box = (0, 0, 4, 4)
    cell, pair = Doubt("size", (7,), box, "", 1), Doubt("split", (1, 2), box, "", 1)
    place = Doubt("missed", (), box, "", 1)
    doubts = [cell, pair, place]
    assert review.open(doubts) == doubts
    first = review.settle(cell)
    review.mark(1, CORRECTED)
    second = review.settle(place)
    assert review.open(doubts) == [pair]
    review.settle(pair, UNSURE)
    assert review.open(doubts) == review.open(doubts, UNSURE) == [pair]
    review.take_back(second)
    review.take_back(first)
    assert review.open(doubts) == doubts
    review.settle(place, UNSURE)
    assert review.is_open(place)


def test_a_snapshot_survives_json(review):
    journal = Journal()
    review.meet(np.array([4, 5]), (2, 1))
    review.mark(np.int64(4), UNSURE, (2, 1))
    review.settle(Doubt("missed", (), (1, 2, 3, 4), "", 1, at=(2, 1)))
    journal.note("Delete cell 9", np.array([9]), (2, 1))
    taken = Snapshot.of(review, journal)
    again = typed(json.loads(to_json(taken)), Snapshot)
    assert again == taken
    assert again.review().states == review.states
    assert again.review().places == review.places
    assert again.journal().entries == journal.entries


def test_states_of_a_newer_version_are_unseen():
    taken = typed({"states": [{"at": [], "cells": {"blessed": [3]}}]}, Snapshot)
    assert taken.review().state(3) is UNSEEN
    assert taken.review().progress().total == 1


def test_a_long_history_is_cut():
    journal = Journal()
    for k in range(KEPT + 10):
        journal.note(f"Step {k}")
    assert len(journal.entries) == KEPT
    assert journal.entries[0].what == "Step 10"
