"""Scores of many files equal those of their arrays."""

import numpy as np
import pytest
import tifffile

from napari_cellbench.errors import InputError
from napari_cellbench.scoring import DatasetScorer, score
from napari_cellbench.scoring.folders import Options, score_pairs
from napari_cellbench.scoring.pairs import find_pairs
from napari_cellbench.scoring.selection import Selection


@pytest.fixture
def folders(tmp_path):
    """Four images in two groups: one that nobody sees a cell in, one whose sizes differ."""
    rng = np.random.default_rng(4)
    arrays = {}
    for name in ("x/a", "x/b", "y/c", "y/empty", "y/odd"):
        truth = np.kron(np.arange(1, 17).reshape(4, 4), np.ones((6, 6), int))
        truth[::6] = truth[:, ::6] = 0
        found = np.roll(truth, rng.integers(-1, 2, 2), (0, 1))
        found[np.isin(found, rng.integers(1, 17, 4))] = 0
        if name == "y/empty":
            truth = found = truth * 0
        if name == "y/odd":
            found = found[:-1]
        arrays[name] = truth, found
        for side, image in zip(("truth", "found"), (truth, found), strict=True):
            path = tmp_path / side / f"{name}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(path, image.astype(np.uint16))
    return tmp_path, arrays


def test_figures(folders):
    path, arrays = folders
    found = score_pairs(find_pairs(path / "truth", path / "found"))
    assert [row.pair.name for row in found.rows] == ["x/a", "x/b", "y/c", "y/empty"]
    for row in found.rows[:3]:
        assert row.score == score(*arrays[row.pair.name])
    plain = found.to_dict()
    scorer = DatasetScorer()
    for name in ("x/a", "x/b", "y/c"):
        scorer.add(*arrays[name])
    expected = scorer.result()
    for figure in ("mAP", "pq", "error_rate"):
        values = [getattr(one, figure) for one in expected.images]
        assert plain["mean"][figure] == pytest.approx(np.mean(values))
        assert plain["median"][figure] == pytest.approx(np.median(values))
    assert plain["micro"]["f1"] == pytest.approx(list(expected.pooled.f1))
    assert plain["micro"]["n_truth"] == 48
    assert {k: v["n_images"] for k, v in plain["groups"].items()} == {"x": 2, "y": 2}
    assert plain["groups"]["y"]["mean"]["pq"] == pytest.approx(expected.images[2].pq)
    assert plain["micro"]["sizes"]["small"]["n_truth"] == 48
    assert plain["micro"]["sizes"]["large"]["AP"] is None
    said = " ".join(found.notes)
    assert "y/odd: The truth is 24 x 24 pixels, the prediction 23 x 24" in said
    assert "1 of 4 images have neither" in said
    assert "(macro); micro pools" in said


def test_options(folders):
    path, arrays = folders
    pairing = find_pairs(path / "truth/x", path / "found/x")
    options = Options(Selection(edge=2, largest=30), split_truth=True)
    found = score_pairs(pairing, options)
    # The blocks don't touch: their pieces are they themselves.
    assert found.rows[0].score.f1 == score(*arrays["x/a"], edge=2, largest=30).f1
    assert "connected pieces" in " ".join(found.notes)
    assert not found.groups


def test_nothing_that_can_be_scored(folders):
    path, _ = folders
    for name in ("a", "b"):
        (path / f"found/x/{name}.tif").write_bytes(b"no image")
    with pytest.raises(InputError, match="No image could be scored"):
        score_pairs(find_pairs(path / "truth/x", path / "found/x"))
