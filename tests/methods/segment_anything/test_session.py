"""What stays in the worker while a person points at cells."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("segment_anything")

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.segment_anything import session as module
from napari_cellbench.methods.segment_anything.network import load_sam
from napari_cellbench.methods.segment_anything.prompter import Prompter
from napari_cellbench.methods.segment_anything.session import PromptSession
from napari_cellbench.prompting.prompts import Prompt
from napari_cellbench.prompting.views import View

VIEW = View(0, 0, 200, 200)


@pytest.fixture(scope="module")
def session():
    return PromptSession(Prompter(load_sam(get_checkpoint("mobile-sam").path)), "digest")


@pytest.fixture(scope="module")
def key(session):
    sample = demo_sample()
    image = np.asarray(sample.image)[:, :200, :200]
    return session.look(image, VIEW, (200, 200), sample.roles, ExactStatistics(image))


def test_rows_whose_answers_were_lost_change_nothing(session, key, monkeypatch):
    monkeypatch.setattr(module, "SURVEY", 3)
    once = [session.survey(key, row) for row in range(3)]
    again = [session.survey(key, row) for row in (0, 1, 1, 2, 2)]
    assert again[-1] == again[-2] == once[-1]
    assert once[-1][1]
    assert once[-1][0] is not None


def test_a_quick_answer_is_of_the_same_place(session, key):
    guess, _ = session.survey(key, 0)
    place = np.argwhere(demo_sample().truth["nucleus"].labels[:200, :200] > 0)[500]
    prompt = Prompt.click(*map(float, place))
    quick, _ = session.ask(key, prompt, expectation=guess, quick=True)
    whole, names = session.ask(key, prompt, expectation=guess)
    assert len(names) == len(whole.found)
    for found in (quick, whole):
        assert found.best.mask.any()
    assert {one.origin for one in quick.found} == {"point"}
