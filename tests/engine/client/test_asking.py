"""Asking about many cells one after another, with MobileSAM in a real worker process."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from napari_cellbench.engine.client.asking import Asker
from napari_cellbench.engine.client.prompting import Forgotten
from napari_cellbench.errors import Cancelled
from napari_cellbench.prompting.expectation import from_labels
from napari_cellbench.prompting.prompts import Prompt

from .test_prompting import ROLES, centre, iou, setup, source, truth, whole_cells  # noqa: F401


def box_of(mask):
    y, x = np.nonzero(mask)
    return Prompt.drag(y.min(), x.min(), y.max() + 1, x.max() + 1)


def test_cells_of_one_plane_after_another(nothing_left, setup, source, truth, monkeypatch):  # noqa: F811
    """A view is looked at once for all cells in it; what the worker forgot, once more."""
    usual, there = from_labels(truth), np.zeros_like(truth)
    cells = whole_cells(truth)[:3]
    looks = []
    with Asker(setup, ROLES, threading.Event()) as asker:
        asker.open(lambda _: None)
        engine = asker._engine
        look, ask = engine.look, engine.ask
        monkeypatch.setattr(engine, "look", lambda *asked: looks.append(asked) or look(*asked))
        clicked = [asker.ask(source, Prompt.click(*centre(truth, cell)), there, usual)[0]
                   for cell in cells]  # fmt: skip
        boxed = [asker.ask(source, box_of(truth == cell), there)[0] for cell in cells]
        for offers in (clicked, boxed):
            found = [iou(offer, truth == cell) for offer, cell in zip(offers, cells, strict=True)]
            assert np.mean(found) > 0.6
        assert len(looks) < len(cells) * 2

        answers = iter([Forgotten("gone")])

        def forget_once(*asked, **named):
            for error in answers:
                raise error
            return ask(*asked, **named)

        monkeypatch.setattr(engine, "ask", forget_once)
        before = len(looks)
        (again, *_) = asker.ask(source, box_of(truth == cells[0]), there)
        np.testing.assert_array_equal(again.mask, boxed[0].mask)
        assert len(looks) == before + 1
    assert engine.pid is None


def test_cancelled(nothing_left, setup, source, truth):  # noqa: F811
    cancel = threading.Event()
    with Asker(setup, ROLES, cancel) as asker:
        asker.open(lambda _: None)
        cancel.set()
        with pytest.raises(Cancelled):
            asker.ask(source, Prompt.click(10, 10), np.zeros_like(truth))
