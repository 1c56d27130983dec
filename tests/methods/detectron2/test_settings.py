import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_cellbench.data.sample import RGB
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import CheckpointError, InputError
from napari_cellbench.methods.detectron2.inputs import network_input, normalised
from napari_cellbench.methods.detectron2.parameters import Detectron2Parameters
from napari_cellbench.methods.detectron2.settings import InputSettings
from napari_cellbench.methods.shared.preprocessing import prepare

BARE = InputSettings.of_seggal("BGR")


def test_text_of_a_checkpoint():
    settings = InputSettings.fresh("BGR", ("phase",), 2.0, 96)
    assert InputSettings.from_json(settings.to_json()) == settings
    assert settings.mean == InputSettings.fresh("RGB", (), 1.0, 96).mean[::-1]


@pytest.mark.parametrize(
    "change",
    [
        {"roles": ["nobody"]},
        {"preprocessing": "magic"},
        {"window": 0},
        {"window": 1e9},
        {"scale": 17},
        {"mean": [1, 2], "std": [1, 2]},
        {"std": [1, 1, 0]},
        {"order": "GBR"},
        {"count": 3},
        {"more": 1},
    ],
)
def test_damaged_text(change):
    text = json.dumps({**json.loads(BARE.to_json()), **change})
    for damaged in (text, "", "[" * 100_000):
        with pytest.raises(CheckpointError, match="damaged"):
            InputSettings.from_json(damaged)


@pytest.mark.parametrize("values", [[0.0, 1.0, 1.0], [1.0], [-1.0] * 3])
def test_deviation_of_a_file_that_can_t_be_used(values):
    std = torch.tensor(values)[:, None, None]
    with pytest.raises(CheckpointError, match="deviation"):
        BARE.normalising_as({"pixel_std": std})


def test_seggal_s_preparation_follows_the_channel():
    assert BARE.how("checkpoint", "nucleus", is_8_bit=True) == "as Mesmer"
    assert BARE.how("checkpoint", "phase", is_8_bit=True) == "none"
    assert BARE.how("checkpoint", "phase", is_8_bit=False) == "minimum and maximum"
    assert BARE.how("percentiles", "phase", is_8_bit=True) == "percentiles"
    own = InputSettings.fresh("BGR", (), 1.0, 96)
    assert own.how("checkpoint", "phase", is_8_bit=True) == "percentiles"


def test_order_of_channels():
    settings = InputSettings((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), order="BGR")
    nucleus, cell = np.full((2, 1, 1), 0.25, np.float32), np.full((2, 1, 1), 0.75, np.float32)
    two = np.stack([nucleus[0], cell[0]])
    np.testing.assert_allclose(normalised(two, settings)[:, 0, 0], [0, 0.75 * 255, 0.25 * 255])
    np.testing.assert_allclose(normalised(nucleus[:1], settings)[:, 0, 0], [0.25 * 255] * 3)
    colour = np.arange(3, dtype=np.float32).reshape(3, 1, 1)
    np.testing.assert_allclose(normalised(colour, settings, 1)[:, 0, 0], [2, 1, 0])
    plain = InputSettings((1.0, 2.0, 3.0), (2.0, 2.0, 2.0), order="RGB")
    np.testing.assert_allclose(normalised(colour, plain, 1)[:, 0, 0], [-0.5, -0.5, -0.5])


def test_channels():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (3, 20, 20)).astype(np.uint8)
    statistics = ExactStatistics(image)

    def seen(roles, settings=BARE, **values):
        parameters = Detectron2Parameters(preprocessing="percentiles", **values)
        return network_input(image, roles, statistics, settings, parameters)

    def expected(*channels, white=255, joint=False):
        found = prepare(image, channels, statistics, "percentiles", joint)
        return normalised(found, BARE, white)

    stained = ("whole_cell", "nucleus", "phase")
    np.testing.assert_array_equal(seen(stained), expected(1, 0))
    np.testing.assert_array_equal(seen(stained, channels="one"), expected(1))
    np.testing.assert_array_equal(seen(stained, channels="one", white=1), expected(1, white=1))
    np.testing.assert_array_equal(seen(stained, channels="one", channel="phase"), expected(2))
    one, two = (InputSettings.of_seggal("BGR", count) for count in (1, 2))
    np.testing.assert_array_equal(seen(stained, one), expected(1))
    np.testing.assert_array_equal(seen(stained, one, channels="two"), expected(1, 0))
    np.testing.assert_array_equal(seen(RGB), expected(0, 1, 2, joint=True))
    learnt = replace(BARE, roles=("whole_cell",))
    np.testing.assert_array_equal(seen(stained, learnt), expected(0))
    with pytest.raises(InputError, match="takes nucleus, whole cell"):
        seen(("nucleus", "other", "other"), two)
