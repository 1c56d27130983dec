"""Speed of agreement and consensus of ten segmentations.

    pytest benchmarks/test_agreement.py

The consensus is made once; `at` is what a slider asks for at every tick.
"""

import numpy as np
import pytest

from napari_cellbench.scoring.agreement import Cells, Pairwise
from napari_cellbench.scoring.consensus import consensus
from napari_cellbench.scoring.disagreement import disagreement

TEN = "10 segmentations, 2048 x 2048, 3000 cells each"


@pytest.fixture(scope="module")
def ten(cells):
    """The same cells moved by up to 4 pixels, each time without every tenth."""
    rng = np.random.default_rng(0)
    truth = cells((2048, 2048), 3000)
    made = []
    for _ in range(10):
        labels = np.roll(truth, rng.integers(-4, 5, 2), (0, 1))
        labels[np.isin(labels, rng.choice(3000, 300, replace=False) + 1)] = 0
        made.append(Cells.of(labels))
    return made


@pytest.fixture(scope="module")
def compared(ten):
    pairwise = Pairwise(ten)
    pairwise.f1()
    return pairwise


@pytest.mark.benchmark(group=TEN)
def test_all_pairs(benchmark, ten):
    benchmark.pedantic(lambda: Pairwise(ten).f1(), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group=TEN)
def test_after_an_edit_of_one(benchmark, ten, compared):
    labels = np.append(0, ten[0].ids).astype(np.int32)[ten[0].numbers]
    labels[1000:1020, 1000:1020] = 1

    def run():
        return Pairwise([Cells.of(labels), *ten[1:]], compared).f1()

    benchmark.pedantic(run, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group=TEN)
def test_consensus(benchmark, compared):
    benchmark.pedantic(consensus, (compared,), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group=TEN)
def test_consensus_at_a_tick(benchmark, compared):
    found = consensus(compared)
    labels = benchmark(found.at, 6)
    assert len(np.unique(labels)) - 1 == found.count(6) > 2000


@pytest.mark.benchmark(group=TEN)
def test_disagreement(benchmark, compared):
    benchmark.pedantic(disagreement, (compared,), rounds=5, warmup_rounds=1)
