"""What tables have as columns follows from one declaration each."""

import math

import numpy as np
import pytest

from napari_cellbench.scoring import DEFINITIONS, Score, score
from napari_cellbench.scoring.figures import ERRORS, FIGURES

TRUTH = np.kron(np.arange(1, 17).reshape(4, 4), np.ones((6, 6), int)) * 1
TRUTH[::6] = TRUTH[:, ::6] = 0


@pytest.mark.parametrize("figure", [*FIGURES, *ERRORS], ids=lambda one: one.title)
def test_each_reads_its_own_field(figure):
    found = np.where(TRUTH % 3, TRUTH, 0)
    found[TRUTH == 1] = 2
    result = score(TRUTH, found)
    assert figure.key in Score.__dataclass_fields__
    assert figure.definition is (None if figure.key == "n_prediction" else DEFINITIONS[figure.key])
    value = getattr(result, figure.key)
    value = value[result.thresholds.index(0.5)] if isinstance(value, tuple) else value
    assert figure.value(result) == value
    assert figure.text(result) == (f"{value:.3f}" if figure.decimals else f"{value:,}")
    assert figure.text_of(math.nan) == "–"


def test_titles_are_told_apart():
    titles = [figure.title for figure in (*FIGURES, *ERRORS)]
    assert len(set(titles)) == len(titles)


def test_ap_comes_first():
    assert [figure.title for figure in FIGURES[1:4]] == ["mAP", "AP50", "AP75"]
