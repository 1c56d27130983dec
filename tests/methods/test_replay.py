from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.data import Sample
from napari_cellbench.errors import InputError
from napari_cellbench.methods.replay import REPEATS, with_replay

EMPTY = np.zeros((1, 4, 4), np.uint8)


def named(prefix, count):
    return [Sample(f"{prefix}{n}", EMPTY, ("nucleus",)) for n in range(count)]


@given(st.integers(1, 40), st.integers(1, 400), st.floats(0.01, 0.95), st.integers(0, 3))
def test_the_share_is_as_asked_and_all_new_images_are_there(new, old, share, seed):
    samples, replay = named("new", new), named("old", old)
    found = with_replay(samples, replay, share, seed)
    times = Counter(sample.name for sample in found)
    of_old = sum(count for name, count in times.items() if name.startswith("old"))
    # As near as whole images come.
    assert abs(of_old - share * len(found)) <= 1
    of_new = [times[sample.name] for sample in samples]
    assert min(of_new) >= 1
    assert max(of_new) - min(of_new) <= 1
    # Fewer than one image can't be replayed.
    assert max(of_new) <= max(REPEATS + 1, np.ceil((1 - share) / share / new) + 1)
    olds = [count for name, count in times.items() if name.startswith("old")]
    assert max(olds) - min(olds) <= 1
    assert found == with_replay(samples, replay, share, seed)


def test_many_different_images_are_replayed():
    found = with_replay(named("new", 5), named("old", 500), 0.5)
    olds = {sample.name for sample in found if sample.name.startswith("old")}
    assert len(olds) == REPEATS * 5
    others = with_replay(named("new", 5), named("old", 500), 0.5, seed=1)
    assert {sample.name for sample in others} != {sample.name for sample in found}


def test_without_a_share_nothing_is_mixed_in():
    samples = named("new", 3)
    assert with_replay(samples, [], 0) == samples
    assert with_replay([], named("old", 3), 0.5) == []


@pytest.mark.parametrize("share", [-0.1, 1, 2, float("nan")])
def test_shares_that_are_none(share):
    with pytest.raises(InputError, match="from 0 to below 1"):
        with_replay(named("new", 3), named("old", 3), share)


def test_says_what_is_wrong_with_the_images():
    with pytest.raises(InputError, match="no images to replay"):
        with_replay(named("new", 3), [], 0.5)
    phase = [replace(one, roles=("phase",)) for one in named("old", 2)]
    with pytest.raises(InputError, match="old0, which is to be replayed, shows phase, and new0"):
        with_replay(named("new", 3), phase, 0.5)
