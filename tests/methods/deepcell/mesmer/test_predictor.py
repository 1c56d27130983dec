from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods.deepcell.mesmer import MesmerParameters
from napari_cellbench.methods.deepcell.mesmer.network import PanopticNet, PanopticShape, location
from napari_cellbench.methods.deepcell.mesmer.predictor import MesmerPredictor
from napari_cellbench.methods.deepcell.mesmer.watershed import (
    NUCLEUS,
    SEGGAL,
    WHOLE_CELL,
    filled,
)
from napari_cellbench.methods.deepcell.mesmer.windows import Windows
from napari_cellbench.methods.deepcell.settings import InputSettings

from ..small import SmallMesmer

BOTH = {"whole_cell": WHOLE_CELL, "nucleus": NUCLEUS}


def predictor(watersheds=BOTH, roles=("nucleus",), window=64):
    torch.manual_seed(0)
    heads = (1, 3) * len(watersheds)
    network = PanopticNet(PanopticShape(len(roles), heads, **SmallMesmer.shape))
    return MesmerPredictor(network, InputSettings(roles, "percentiles", window), watersheds, "cpu")


def ignore(current, maximum):
    pass


def test_location_is_rows_then_columns():
    rows, columns = location(torch.zeros(1, 2, 4, 3))[0]
    assert rows[:, 0].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert columns[0].tolist() == [0, 0.5, 1]


def test_which_heads_are_used():
    both, one = predictor(), predictor({None: SEGGAL})
    assert both._chosen(MesmerParameters()) == (0, WHOLE_CELL)
    assert both._chosen(MesmerParameters(compartment="nucleus")) == (1, NUCLEUS)
    assert one._chosen(MesmerParameters(compartment="nucleus")) == (0, SEGGAL)
    known = predictor({"nucleus": NUCLEUS})
    assert known._chosen(MesmerParameters()) == (0, NUCLEUS)
    with pytest.raises(InputError, match="finds nucleus, not whole cell"):
        known._chosen(MesmerParameters(compartment="whole_cell"))


def test_parameters_win_over_the_checkpoint():
    asked = MesmerParameters(radius=7, interior_smooth=2.0, stretch="no", min_size=0)
    expected = replace(SEGGAL, radius=7, interior_smooth=2.0, stretch=False, min_size=0)
    assert predictor({None: SEGGAL})._chosen(asked)[1] == expected


def test_both_pairs_of_heads_answer():
    mesmer = predictor()
    image = np.random.default_rng(0).random((1, 64, 64)).astype(np.float32)
    first, second = (mesmer.maps(image, pair, ignore) for pair in (0, 1))
    assert first.shape == second.shape == (2, 64, 64)
    assert not np.allclose(first, second)


@pytest.mark.parametrize("shape", [(64, 64), (20, 90), (130, 64), (1, 1)])
def test_maps_have_the_size_of_the_image(shape):
    image = np.random.default_rng(0).random((1, *shape)).astype(np.float32)
    seen = []
    found = predictor().maps(image, 0, lambda now, most: seen.append(now / most))
    assert found.shape == (2, *shape)
    assert np.isfinite(found).all()
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_scale_gives_labels_of_the_image_s_size():
    image = np.zeros((1, 50, 70), np.uint8)
    image[:, 10:20, 10:20] = 200
    mesmer = predictor()
    parameters = MesmerParameters(scale=0.5, interior_threshold=0.0)
    found = mesmer.predict(image, ("nucleus",), parameters, ExactStatistics(image), ignore)
    assert found.shape == (50, 70)
    assert mesmer.tiling(parameters).size == 2 * mesmer.tiling(MesmerParameters()).size


@given(st.integers(64, 300), st.integers(64, 300))
def test_windows_cover_and_blend_to_the_image(height, width):
    image = np.random.default_rng(0).random((2, height, width)).astype(np.float32)
    windows = Windows.over((height, width), 64)
    # The squared spline of two neighbours adds up to a little more than 1.
    blended = windows.blend(windows.cut(image))
    np.testing.assert_allclose(blended, image, rtol=0.005)


def test_holes_are_filled_and_bays_are_not():
    labels = np.zeros((12, 12), np.int32)
    labels[1:11, 1:11] = 3
    labels[4:6, 4:6] = labels[1, 5:8] = labels[8, 8] = 0
    out = filled(labels, 4)
    assert out[8, 8] == 3
    assert not out[4:6, 4:6].any()
    assert not out[1, 5:8].any()
    assert filled(labels, 5)[4, 4] == 3
