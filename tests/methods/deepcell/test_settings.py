import json

import numpy as np
import pytest

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.data.sample import RGB
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import CheckpointError, InputError
from napari_cellbench.methods import get_method
from napari_cellbench.methods.deepcell.predictor import network_input
from napari_cellbench.methods.deepcell.settings import LARGEST_WINDOW, InputSettings
from napari_cellbench.methods.preparation import trained_with
from napari_cellbench.methods.shared.preprocessing import prepare


def test_text_of_a_checkpoint():
    settings = InputSettings(("phase",), "percentiles", 96)
    assert InputSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize(
    "change",
    [
        {"roles": ["nobody"]},
        {"roles": 3},
        {"preprocessing": "magic"},
        {"window": 0},
        {"window": 1.5},
        {"window": LARGEST_WINDOW + 1},
        {"more": 1},
    ],
)
def test_damaged_text(change):
    text = json.dumps({**json.loads(InputSettings().to_json()), **change})
    for damaged in (text, "", "[" * 100_000):
        with pytest.raises(CheckpointError, match="damaged"):
            InputSettings.from_json(damaged)


def test_seggal_s_preparation_follows_the_channel():
    bare = InputSettings.of_keras(1)
    assert bare.how("checkpoint", "nucleus") == "as Mesmer"
    assert bare.how("checkpoint", "phase") == "minimum and maximum"
    assert bare.how("none", "phase") == "none"
    assert InputSettings(preprocessing="none").how("checkpoint", "phase") == "none"


@pytest.mark.parametrize("key", ["featurenet", "mesmer", "retinamask"])
def test_entries_of_the_gallery_bring_their_preparation(key):
    """The parameters that others of SegGal's get would take CLAHE of other percentiles."""
    checkpoint = get_checkpoint(f"seggal-{key}-nuclei-dual-all")
    values = trained_with(get_method(key), checkpoint, {})
    assert values == ({} if key == "mesmer" else {"window": 256})


def test_channels():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (3, 20, 20)).astype(np.uint8)
    statistics = ExactStatistics(image)

    def seen(roles, channels, settings=None, asked="auto"):
        settings = settings or InputSettings.of_keras(channels)
        return network_input(image, roles, statistics, channels, settings, "percentiles", asked)

    def expected(*channels, joint=False):
        return prepare(image, channels, statistics, "percentiles", joint)

    stained = ("whole_cell", "nucleus", "phase")
    np.testing.assert_array_equal(seen(stained, 2), expected(1, 0))
    np.testing.assert_array_equal(seen(stained, 1), expected(1))
    np.testing.assert_array_equal(seen(stained, 1, asked="phase"), expected(2))
    np.testing.assert_array_equal(seen(RGB, 3), expected(0, 1, 2, joint=True))
    learnt = InputSettings(("whole_cell",))
    np.testing.assert_array_equal(seen(stained, 1, learnt), expected(0))
    with pytest.raises(InputError, match="takes nucleus, whole cell"):
        seen(("nucleus", "other", "other"), 2)
