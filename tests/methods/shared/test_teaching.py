"""What all lessons have in common: how much of the start is kept."""

from dataclasses import replace

import numpy as np
import pytest
from tests.methods.deepcell.small import SmallMesmer
from tests.methods.mmdet.conftest import disc_sample

from napari_cellbench.errors import InputError
from napari_cellbench.methods import Lesson, TrainingSettings

pytest.importorskip("torch")

FAST = TrainingSettings(steps=3, batch=1, patch=64, learning_rate=1e-2)


def weights(checkpoint):
    from safetensors.numpy import load_file

    found = load_file(checkpoint).items()
    # Counters are no weights.
    return {k: w.astype(np.float32) for k, w in found if not k.endswith("num_batches_tracked")}


def test_a_share_of_the_start_is_kept(tmp_path):
    method, samples = SmallMesmer(), [disc_sample(0)]
    start = method.train(Lesson(samples, "nucleus", FAST, tmp_path / "start"))
    first = weights(start)

    def learnt(share):
        settings = replace(FAST, seed=1, average_with_start=share)
        return weights(
            method.train(Lesson(samples, "nucleus", settings, tmp_path / str(share), start))
        )

    nothing, half, all_of_it = learnt(0), learnt(0.5), learnt(1.0)
    assert any(np.abs(nothing[name] - first[name]).max() > 1e-2 for name in first)
    for name, before in first.items():
        np.testing.assert_array_equal(all_of_it[name], before)
        middle = (before + nothing[name]) / 2
        # All were rounded to half precision.
        coarse = 2**-10 * np.maximum(np.abs(before), np.abs(nothing[name])) + 1e-6
        assert (np.abs(half[name] - middle) <= coarse).all()


def test_only_of_a_start_that_fits_something_can_be_kept(tmp_path):
    method, samples = SmallMesmer(), [disc_sample(0)]
    settings = replace(FAST, steps=1, average_with_start=0.5)
    with pytest.raises(InputError, match="nothing of it to keep"):
        method.train(Lesson(samples, "nucleus", settings, tmp_path / "run"))
    plain = replace(settings, average_with_start=0.0)
    start = method.train(Lesson(samples, "nucleus", plain, tmp_path / "start"))
    # Another number of channels: the first layer is new.
    two = [disc_sample(0, ("nucleus", "whole_cell"))]
    with pytest.raises(InputError, match="of another shape"):
        method.train(Lesson(two, "nucleus", settings, tmp_path / "run", start))
    assert not (tmp_path / "run").exists()
