import json

import pytest

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.mediar.settings import LARGEST_WINDOW, WIDEST_EDGE, InputSettings


def test_text_of_a_checkpoint():
    settings = InputSettings(("nucleus", "whole_cell"), 96, 1)
    assert InputSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize(
    "change",
    [
        {"roles": ["nobody"]},
        {"roles": 3},
        {"window": 0},
        {"window": 1.5},
        {"window": LARGEST_WINDOW + 1},
        {"edge": -1},
        {"edge": True},
        {"edge": WIDEST_EDGE + 1},
        {"more": 1},
    ],
)
def test_damaged_text(change):
    text = json.dumps({**json.loads(InputSettings().to_json()), **change})
    for damaged in (text, "", "[" * 100_000):
        with pytest.raises(CheckpointError, match="damaged"):
            InputSettings.from_json(damaged)
