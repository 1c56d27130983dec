"""From clicks and boxes to cells: real nuclei of the demo image with the bundled network."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("timm")
pytest.importorskip("segment_anything")

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.segment_anything.clicking import (
    ALIKE,
    OFFERED,
    answer,
    box_around,
    scene_of,
    survey,
)
from napari_cellbench.methods.segment_anything.embedding import Embedding
from napari_cellbench.methods.segment_anything.network import load_sam
from napari_cellbench.methods.segment_anything.prompter import Prompter
from napari_cellbench.prompting.expectation import from_labels
from napari_cellbench.prompting.prompts import Prompt
from napari_cellbench.prompting.ranking import shared
from napari_cellbench.prompting.views import View

VIEW = View(64, 96, 256, 256)


@pytest.fixture(scope="module")
def prompter():
    return Prompter(load_sam(get_checkpoint("mobile-sam").path))


@pytest.fixture(scope="module")
def sample():
    return demo_sample()


@pytest.fixture(scope="module")
def embedding(prompter, sample):
    return prompter.embed(sample.image, sample.roles, ExactStatistics(sample.image), VIEW)


@pytest.fixture(scope="module")
def cells(sample):
    """Cells that lie well inside of the view."""
    truth = sample.truth["nucleus"].labels
    inner = truth[VIEW.y + 30 : VIEW.y + 226, VIEW.x + 30 : VIEW.x + 226]
    return [truth == i for i in np.unique(inner)[1:] if (inner == i).sum() == (truth == i).sum()]


def scene(embedding, truth, labels=None):
    if labels is None:
        return scene_of(embedding)
    return scene_of(embedding, from_labels(labels), labels[embedding.view.slices])


def iou(candidate, truth):
    whole = candidate.whole(truth.shape)
    return (whole & truth).sum() / (whole | truth).sum()


def test_a_view_lies_where_it_was_cut(embedding, sample):
    assert embedding.view == VIEW
    assert embedding.image_shape == sample.image.shape[1:]
    assert embedding.photograph.shape == (VIEW.height, VIEW.width)


@pytest.mark.parametrize("warm", [False, True])
def test_one_click_finds_the_cell(prompter, embedding, sample, cells, warm):
    labels = sample.truth["nucleus"].labels
    found = []
    for truth in cells[:8]:
        others = np.where(truth, 0, labels) if warm else None
        prompt = Prompt.click(*np.argwhere(truth).mean(0))
        ranked = answer(prompter, embedding, prompt, scene(embedding, truth, others))
        assert 1 <= len(ranked.found) <= OFFERED
        assert list(ranked.scores) == sorted(ranked.scores, reverse=True)
        for i, a in enumerate(ranked.found):
            for b in ranked.found[:i]:
                both = shared(a, b)
                assert both / (a.mask.sum() + b.mask.sum() - both) < ALIKE
        found.append(iou(ranked.best, truth))
    assert np.mean(found) > 0.75


def test_a_box_and_a_correction(prompter, embedding, cells):
    boxed, corrected = [], []
    for truth in cells[:6]:
        rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
        about = scene(embedding, truth)
        drag = Prompt.drag(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
        boxed.append(iou(answer(prompter, embedding, drag, about).best, truth))
        middle = np.argwhere(truth).mean(0)
        first = answer(prompter, embedding, Prompt.click(*middle), about)
        outside = float(rows[-1] + 4), float(columns[-1] + 4)
        again = Prompt.click(*middle).corrected(*outside, False, first.best)
        best = answer(prompter, embedding, again, about).best
        assert best.origin == "refined"
        assert not best.whole(truth.shape)[int(outside[0]), int(outside[1])]
        corrected.append(iou(best, truth))
    assert np.mean(boxed) > 0.8
    assert np.mean(corrected) > 0.7


def test_the_size_is_guessed_from_the_image(prompter, embedding, sample):
    guess = survey(prompter, embedding)
    true = from_labels(sample.truth["nucleus"].labels)
    assert guess.source == "image"
    assert 0.5 < guess.size / true.size < 2


def test_a_usual_cell_around_a_click(sample):
    usual = from_labels(sample.truth["nucleus"].labels)
    y0, x0, y1, x1 = box_around(Prompt.click(50, 60), usual)
    assert ((y0 + y1) / 2, (x0 + x1) / 2) == pytest.approx((50, 60))
    assert usual.diameter < y1 - y0 == pytest.approx(x1 - x0)
    both = Prompt(np.array([[50.0, 60], [150, 70]]), np.ones(2, bool))
    assert box_around(both, usual)[2] > 150


def test_an_embedding_from_a_file_answers_the_same(prompter, embedding, cells, tmp_path):
    with (tmp_path / "view.npz").open("wb") as file:
        embedding.save(file)
    again = Embedding.load(tmp_path / "view.npz")
    prompt = Prompt.click(*np.argwhere(cells[0]).mean(0))
    for a, b in zip(prompter.ask(embedding, prompt), prompter.ask(again, prompt), strict=True):
        np.testing.assert_array_equal(a.logits, b.logits)
        assert replace(a, mask=b.mask, logits=b.logits) == b
