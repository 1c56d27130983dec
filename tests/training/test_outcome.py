"""What came of a run, in words."""

import pytest

from napari_cellbench.training.measuring import paired
from napari_cellbench.training.outcome import is_finer, verdict
from napari_cellbench.training.status import ImageFigures, Status


def finished(before, after):
    images = tuple(
        ImageFigures(str(i), a, b) for i, (a, b) in enumerate(zip(before, after, strict=True))
    )
    mean = [sum(one) / len(one) for one in (before, after)]
    return Status(
        "finished",
        before={"F1": mean[0]},
        after={"F1": mean[1]},
        images=images,
        p_value=paired(before, after),
    )


OLD = [0.50, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56]


def test_better_and_worse_and_tie_are_told_apart():
    step = [0.1 + 0.01 * i for i in range(len(OLD))]
    better = finished(OLD, [a + b for a, b in zip(OLD, step, strict=True)])
    assert "7 came out better and 0 worse: better, and more than chance" in verdict(better)
    assert is_finer(better) is True
    worse = finished(OLD, [a - b for a, b in zip(OLD, step, strict=True)])
    assert "0 came out better and 7 worse: worse, and more than chance" in verdict(worse)
    assert is_finer(worse) is False
    tie = finished(OLD, [a + b * (-1) ** i for i, (a, b) in enumerate(zip(OLD, step, strict=True))])
    assert "a tie, it may be chance" in verdict(tie)
    assert is_finer(tie) is None


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status("running"), ""),
        (Status("finished"), "isn't known"),
        (Status("finished", after={"F1": 0.5}), "nothing to compare"),
        (Status("finished", before={"AP50": 1.0}, after={"AP50": 1.0}), "have no cells"),
        (finished([0.5], [0.6]), "By 1 image it can't be told from chance"),
        (finished([0.5], [0.5]), "F1 is 0.500, as before."),
    ],
)
def test_what_is_not_known_is_not_claimed(status, words):
    assert words in verdict(status)
    assert bool(verdict(status)) == bool(words)
    assert is_finer(status) is None
