"""Durations as a person says them."""

import pytest

from napari_cellbench.durations import spoken


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 s"), (8.2, "8 s"), (130, "2 min 10 s"), (3900, "1 h 5 min"), (7200, "2 h")],
)
def test_spoken(seconds, said):
    assert spoken(seconds) == said
