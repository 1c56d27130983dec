"""Pointing at cells, with MobileSAM in a real worker process."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Entry, Setup
from napari_cellbench.engine.client.prompting import Forgotten, PromptEngine
from napari_cellbench.errors import EngineError, InputError
from napari_cellbench.prompting.prompts import Prompt
from napari_cellbench.prompting.views import View

ROLES = ("nucleus",)
NEVER = threading.Event()
VIEW = View(0, 0, 256, 256)


@pytest.fixture(scope="module")
def truth():
    return demo_sample().truth["nucleus"].to_labels()[:256, :256]


@pytest.fixture(scope="module")
def source():
    return Source.of(np.asarray(demo_sample().image)[:, :256, :256])


@pytest.fixture
def setup():
    if find_spec("segment_anything") is None:
        pytest.skip("needs Segment Anything")
    return Setup.of(Entry("segment_anything", "mobile-sam", device="cpu"), ROLES)


@pytest.fixture
def engine(nothing_left, setup):
    engine = PromptEngine()
    assert engine.open(setup, lambda _: None, NEVER) == "cpu"
    yield engine
    engine.release()


def centre(truth, label):
    y, x = np.nonzero(truth == label)
    return float(y.mean()), float(x.mean())


def whole_cells(truth):
    """Return labels that the window doesn't cut."""
    edge = {*truth[0], *truth[-1], *truth[:, 0], *truth[:, -1]}
    return [label for label in np.unique(truth[truth > 0]) if label not in edge]


def iou(offer, mask):
    shared = np.count_nonzero(mask[offer.slices] & offer.mask)
    return shared / (np.count_nonzero(mask) + np.count_nonzero(offer.mask) - shared)


def test_clicks_give_cells_and_boxes_give_better_ones(engine, source, truth):
    looked = engine.look(source, ROLES, VIEW, NEVER)
    usual, is_last, row = None, False, 0
    while not is_last:
        usual, is_last = engine.survey(looked, row, NEVER)
        row += 1
    clicked, boxed = [], []
    for label in whole_cells(truth)[:12]:
        mask = truth == label
        y, x = np.nonzero(mask)
        click = Prompt.click(*centre(truth, label))
        offers = engine.ask(looked, click, None, NEVER, expectation=usual)
        assert 1 <= len(offers) <= 3
        assert all(a.score >= b.score for a, b in itertools.pairwise(offers))
        clicked.append(iou(offers[0], mask))
        box = Prompt.drag(y.min(), x.min(), y.max() + 1, x.max() + 1)
        boxed.append(iou(engine.ask(looked, box, None, NEVER)[0], mask))
    assert np.mean(clicked) > 0.7
    assert np.mean(boxed) > 0.8


def test_what_is_wrong_is_corrected_by_name(engine, source, truth):
    """A point outside takes away what lies there."""
    looked = engine.look(source, ROLES, VIEW, NEVER)
    label = whole_cells(truth)[0]
    first = engine.ask(looked, Prompt.click(*centre(truth, label)), None, NEVER)[0]
    inside = np.argwhere(first.mask)[0] + first.offset
    points = np.array([centre(truth, label), inside], float)
    prompt = Prompt(points, np.array([True, True]))
    again = engine.ask(looked, prompt, None, NEVER, corrects=first)
    assert iou(again[0], truth == label) > 0.5
    with pytest.raises(Forgotten):
        engine.ask(looked, prompt, None, NEVER, corrects=replace(first, name="gone"))


def test_cells_that_are_there_change_the_ranking(engine, source, truth):
    looked = engine.look(source, ROLES, VIEW, NEVER)
    label = whole_cells(truth)[0]
    click = Prompt.click(*centre(truth, label))
    free = engine.ask(looked, click, np.zeros((256, 256), np.int32), NEVER)
    others = np.where(truth == label, 0, truth).astype(np.int32)
    beside = engine.ask(looked, click, others, NEVER)
    blocked = engine.ask(looked, click, truth.astype(np.int32), NEVER)
    own = engine.ask(looked, click, truth.astype(np.int32), NEVER, own=int(label))
    assert beside[0].score == pytest.approx(own[0].score)
    assert blocked[0].score < free[0].score


def test_embeddings_outlive_the_process(engine, source, setup, monkeypatch):
    first = engine.look(source, ROLES, VIEW, NEVER)
    engine.release()
    with pytest.raises(Forgotten):
        engine.ask(first, Prompt.click(9, 9), None, NEVER)
    engine.open(setup, lambda _: None, NEVER)
    with pytest.raises(Forgotten):
        engine.ask(first, Prompt.click(9, 9), None, NEVER)
    assert engine.look(source, ROLES, VIEW, NEVER).key == first.key
    assert engine.ask(first, Prompt.click(9, 9), None, NEVER)


def test_other_pixels_or_another_view_are_another_embedding(engine, source):
    key = engine.look(source, ROLES, VIEW, NEVER).key
    moved = View(0, 0, 255, 256)
    brighter = Source.of(np.asarray(source.read((slice(0, 256), slice(0, 256)))) // 2)
    assert engine.look(source, ROLES, moved, NEVER).key != key
    assert engine.look(brighter, ROLES, VIEW, NEVER).key != key


def test_the_same_pixels_in_another_contrast_are_another_embedding(engine):
    """Of one channel only, so that all values together stay the same."""
    rng = np.random.default_rng(0)
    left = rng.integers(0, 200, (2, 64, 64)).astype(np.uint8)
    outside = np.stack([np.full((64, 64), 10), np.full((64, 64), 200)]).astype(np.uint8)
    roles, view = ("whole_cell", "nucleus"), View(0, 0, 64, 64)
    keys = {
        engine.look(Source.of(np.concatenate([left, beside], 2)), roles, view, NEVER).key
        for beside in (outside, outside[::-1])
    }
    assert len(keys) == 2


def test_killed_in_mid_click(engine, source, setup):
    looked = engine.look(source, ROLES, VIEW, NEVER)
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="ended unexpectedly"):
        engine.ask(looked, Prompt.click(9, 9), None, NEVER)
    engine.open(setup, lambda _: None, NEVER)
    engine.look(source, ROLES, VIEW, NEVER)
    assert engine.ask(looked, Prompt.click(9, 9), None, NEVER)


def test_a_method_that_cannot_be_asked(nothing_left, monkeypatch):
    pytest.importorskip("stardist")
    engine = PromptEngine()
    setup = Setup.of(Entry("stardist", "stardist-nuclei-fluo", device="cpu"), ROLES)
    with pytest.raises(InputError, match="can't be asked about single cells"):
        engine.open(setup, lambda _: None, NEVER)
    engine.release()
