"""Tiles of a real image give what the whole image gives."""

from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.engine.client.stitching import Stitcher
from napari_cellbench.engine.client.tiling import cut
from napari_cellbench.methods.base import Tiling
from napari_cellbench.methods.registry import get_method
from napari_cellbench.scoring import score

ROLES = ("nucleus",)
TILING = Tiling(size=288, overlap=128)
"""Nine tiles, whose overlap is more than twice the largest nucleus."""
STARDIST = Path(__file__).parents[2] / "references" / "stardist" / "grey-grid2.zip"


@pytest.mark.parametrize(("key", "checkpoint"), [("watershed", None), ("stardist", STARDIST)])
def test_tiled_is_as_untiled(key, checkpoint):
    method = get_method(key)
    if method.missing():
        pytest.skip(f"needs {', '.join(method.missing())}")
    predictor, parameters = method.load(checkpoint, "cpu"), method.parameters()
    image = demo_sample().image
    statistics = ExactStatistics(image)

    def predict(pixels):
        return predictor.predict(pixels, ROLES, parameters, statistics, lambda *_: None)

    untiled = predict(image).labels
    tiles = cut(image.shape[1:], TILING)
    stitcher = Stitcher(image.shape[1:])
    for tile in tiles:
        stitcher.add(tile, predict(image[:, *tile.region]))
    tiled = stitcher.result().labels

    assert len(tiles) == 9
    assert untiled.max() > 90
    # None is cut, lost or seen twice at a seam; rounding may cost one of them a pixel.
    assert tiled.max() == untiled.max()
    assert score(untiled, tiled).accuracy[-2] == 1  # at an intersection over union of 0.9
    assert share_of_identical(untiled, tiled) > 0.98


def share_of_identical(a, b):
    """Return the share of the objects of `a` that are objects of `b` to the pixel."""
    pairs, overlap = np.unique(np.stack([a, b]).reshape(2, -1), axis=1, return_counts=True)
    area_a, area_b = np.bincount(a.ravel()), np.bincount(b.ravel())
    same = (overlap == area_a[pairs[0]]) & (overlap == area_b[pairs[1]]) & (pairs[0] > 0)
    return same.sum() / (len(np.unique(a)) - 1)
