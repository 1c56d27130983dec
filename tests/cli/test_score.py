"""`cellbench score` on files and folders."""

import csv
import json

import numpy as np
import pytest
import tifffile

from napari_cellbench.cli import main


@pytest.fixture
def folders(tmp_path):
    truth = np.zeros((20, 20), np.uint8)
    truth[1:5, 1:5], truth[10:16, 10:16] = 1, 2
    found = truth.copy()
    found[17:19, 2:6] = 3
    for name in ("a", "b"):
        for side, image in (("truth", truth), ("found", found)):
            path = tmp_path / side / f"{name}.tif"
            path.parent.mkdir(exist_ok=True)
            tifffile.imwrite(path, image)
    tifffile.imwrite(tmp_path / "truth" / "c.tif", truth)
    return tmp_path


def run(capsys, *arguments):
    status = main(["score", *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, out, err


def test_two_files(folders, capsys):
    pair = folders / "truth/a.tif", folders / "found/b.tif"
    status, out, _ = run(capsys, *pair, "--json")
    figures = json.loads(out)
    assert (status, figures["n_truth"], figures["n_prediction"]) == (0, 2, 3)
    assert figures["AP50_range"] == pytest.approx([2 / 3, 1])
    assert any("AP50 from 0.667 to 1.000" in note for note in figures["notes"])
    status, out, err = run(capsys, *pair)
    assert "n_truth       2\n" in out
    assert "note: No score per object is known" in err


def test_folders(folders, capsys):
    pair = folders / "truth", folders / "found"
    status, out, err = run(capsys, *pair, "--csv", folders / "table.csv")
    assert status == 1
    assert "Left out, since they have no prediction: c." in err
    assert "mean (2 images)" in out
    rows = list(csv.DictReader((folders / "table.csv").read_text().splitlines()))
    assert [(row["image"], row["row"]) for row in rows] == [
        ("a", "image"), ("b", "image"), ("", "mean"), ("", "median"), ("", "micro")
    ]  # fmt: skip
    assert (rows[4]["n_truth"], float(rows[4]["recall_at_0.5"])) == ("4", 1)
    status, out, _ = run(capsys, *pair, "--json")
    found = json.loads(out)
    assert set(found) >= {"images", "mean", "median", "micro", "groups", "notes"}
    assert [image["name"] for image in found["images"]] == ["a", "b"]
    # It exists by now.
    assert run(capsys, *pair, "--csv", folders / "table.csv")[0] == 2
    assert run(capsys, *pair, "--csv", folders / "table.csv", "--overwrite")[0] == 1


def test_outlines_on_request(folders, capsys):
    """The third object that was found costs precision."""
    pair = folders / "truth", folders / "found"
    _, out, _ = run(capsys, *pair, "--json")
    assert "boundary" not in out
    _, out, _ = run(capsys, *pair, "--json", "--boundary", 1)
    found = json.loads(out)
    shared, extra = 12 + 20, 8
    expected = 2 * shared / (2 * shared + extra)
    for figures in (found["images"][0], found["mean"], found["micro"]):
        assert figures["boundary_f"] == pytest.approx(expected)
    _, out, _ = run(capsys, *pair, "--boundary", 1, "--csv", folders / "table.csv")
    assert "Bound. F" in out
    rows = list(csv.DictReader((folders / "table.csv").read_text().splitlines()))
    assert all(float(row["boundary_f"]) == pytest.approx(expected) for row in rows)
    assert run(capsys, *pair, "--boundary", -1)[0] == 2


def test_what_is_left_out(folders, capsys):
    pair = folders / "truth/a.tif", folders / "found/a.tif"
    _, out, _ = run(capsys, *pair, "--leave-out-edge", 2, "--json")
    figures = json.loads(out)
    assert (figures["n_truth"], figures["n_prediction"]) == (1, 1)
    assert figures["selection"] == {"edge": 2, "smallest": 0, "largest": None}
    assert "Left out of truth and prediction" in figures["notes"][0]
    _, out, _ = run(capsys, *pair, "--smallest", 9, "--largest", 20, "--json")
    assert json.loads(out)["n_truth"] == 1
    status, _, err = run(capsys, *pair, "--smallest", 9, "--largest", 2)
    assert (status, "exchange the limits" in err) == (2, True)
