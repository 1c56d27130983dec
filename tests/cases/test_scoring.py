"""Scores of files that once gave wrong figures without a word."""

import json
from pathlib import Path

import pytest

from napari_cellbench.cli import main

CASES = Path(__file__).parent


def scored(capsys, case, truth, prediction, *options):
    paths = [str(CASES / case / name) for name in (truth, prediction)]
    assert main(["score", *paths, *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("truth", ["cells.json", "cells_seg.npy", "cells.geojson"])
@pytest.mark.parametrize("prediction", ["cells.json", "cells_seg.npy", "cells.geojson"])
def test_score_reads_our_own_exports(truth, prediction, capsys):
    found = scored(capsys, "score_reads_no_own_exports", truth, prediction)
    assert found["mAP"] == pytest.approx(1)
    assert found["n_truth"] == found["n_prediction"] == 9


def test_truth_is_binary(capsys):
    case = "truth_is_binary", "truth_binary.tif", "prediction.tif"
    found = scored(capsys, *case)
    assert (found["n_truth"], found["n_prediction"]) == (1, 36)
    assert any("1 object in 36 pieces" in note for note in found["notes"])
    found = scored(capsys, *case, "--binary-truth", "components")
    assert found["f1"][0] == 1
    assert any("connected pieces are taken" in note for note in found["notes"])


def test_counts_and_ap_of_many_cells(capsys):
    found = scored(capsys, "counts_and_ap_of_many_cells", "cells.tif", "cells.tif")
    assert found["n_truth"] == found["n_prediction"] == 14400
    assert found["mAP"] == pytest.approx(1)
    assert any("14,400 predicted objects" in note for note in found["notes"])
    paths = [str(CASES / "counts_and_ap_of_many_cells" / "cells.tif")] * 2
    main(["score", *paths])
    assert "n_truth       14400\n" in capsys.readouterr().out
