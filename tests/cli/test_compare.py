"""`cellbench compare` on a real image, with real worker processes."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.cli import main
from napari_cellbench.cli.news import News
from napari_cellbench.compare.preset import read_preset, write_preset
from napari_cellbench.data.images import read_labels
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.engine import Entry
from napari_cellbench.scoring import score

WATERSHED = Entry("watershed", parameters={"diameter": 20.0}, name="<b>mine</b>")
# Takes colour images only.
UNFIT = Entry("stardist", "stardist-nuclei-histology", device="cpu")


@pytest.fixture
def nuclei(tmp_path, monkeypatch):
    """A folder with a real image and its truth; what is computed is forgotten afterwards."""
    pytest.importorskip("stardist")
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    sample = demo_sample()
    tifffile.imwrite("nuclei.tif", np.asarray(sample.image[0])[:200, :200])
    truth = sample.truth["nucleus"].to_labels()[:200, :200]
    tifffile.imwrite("truth.tif", truth.astype(np.uint16))
    return tmp_path


def compare(*arguments: str) -> int:
    return main(["compare", "nuclei.tif", "--preset", "preset.json", "--output", "out", *arguments])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_writes_labels_tables_and_report(nuclei, capsys):
    stardist = Entry("stardist", "stardist-nuclei-fluo", device="cpu")
    write_preset(nuclei / "preset.json", [WATERSHED, stardist])
    assert compare("--truth", "truth.tif", "--robustness", "blur=4", "channel_order=1") == 1
    printed = capsys.readouterr().out
    assert "[2/2] StarDist · Fluorescent nuclei · cpu: " in printed
    rows = table(nuclei / "out" / "table.csv")
    files = sorted((nuclei / "out" / "labels").iterdir())
    assert [path.name for path in files] == [
        "01_b_mine_b.tif",
        "02_StarDist_Fluorescent_nuclei_cpu.tif",
    ]
    for row, path in zip(rows, files, strict=True):
        expected = score(read_labels(nuclei / "truth.tif"), read_labels(path))
        assert int(row["Cells"]) == expected.n_prediction
        assert float(row["F1@.5"]) == expected.f1[0]
        assert int(row["Cells"]) > 10
    with tifffile.TiffFile(files[1]) as tiff:
        info = json.loads(tiff.imagej_metadata["Info"])["cellbench"]
    assert info["checkpoint"] == "stardist-nuclei-fluo"
    assert "| StarDist · Fluorescent nuclei · cpu |" in printed
    record = json.loads((nuclei / "out" / "table.json").read_text("utf-8"))
    assert record["truth"] == "truth.tif"
    assert record["results"][1]["provenance"]["checkpoint_sha256"] == info["checkpoint_sha256"]
    assert read_preset(nuclei / "out" / "preset.json") == (WATERSHED, stardist)
    robust = table(nuclei / "out" / "robustness.csv")
    assert [row["State"] for row in robust].count("failed") == 2
    assert "there is no order to change" in printed
    report = (nuclei / "out" / "report.html").read_text("utf-8")
    assert "&lt;b&gt;mine&lt;/b&gt;" in report
    assert "<b>mine" not in report


def test_second_run_computes_nothing(nuclei, capsys):
    write_preset(nuclei / "preset.json", [WATERSHED])
    assert compare() == 0
    assert "computed before" not in capsys.readouterr().out
    assert compare("--overwrite") == 0
    assert "computed before" in capsys.readouterr().out


def test_options_of_score(nuclei, capsys):
    """A mask without ids, and objects that don't count, as `cellbench score` takes them."""
    write_preset(nuclei / "preset.json", [WATERSHED])
    tifffile.imwrite("mask.tif", (read_labels(nuclei / "truth.tif") > 0).astype(np.uint8))
    options = ["--leave-out-edge", "2", "--smallest", "40", "--binary-truth", "components"]
    assert compare("--truth", "mask.tif", *options) == 0
    assert "Left out of truth and prediction" in (nuclei / "out" / "table.md").read_text("utf-8")
    assert "connected pieces" in capsys.readouterr().err
    (path,) = (nuclei / "out" / "labels").iterdir()
    assert main(["score", "mask.tif", str(path), *options, "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    (row,) = table(nuclei / "out" / "table.csv")
    assert (float(row["F1@.5"]), float(row["PQ"])) == (expected["f1"][0], expected["pq"])
    assert expected["n_truth"] < score(read_labels(nuclei / "truth.tif"), read_labels(path)).n_truth


def test_a_failure_is_told_and_the_rest_is_written(nuclei, capsys):
    write_preset(nuclei / "preset.json", [UNFIT, WATERSHED])
    assert compare() == 1
    printed = capsys.readouterr().out
    assert re.search(r"\[1/2\] StarDist · .*: failed: .+", printed)
    failed, done = table(nuclei / "out" / "table.csv")
    assert (failed["State"], failed["Cells"]) == ("failed", "")
    assert failed["Reason"]
    assert int(done["Cells"]) > 10
    assert [p.name for p in (nuclei / "out" / "labels").iterdir()] == ["02_b_mine_b.tif"]
    assert "Not computed" in (nuclei / "out" / "report.html").read_text("utf-8")


def test_example_preset_runs_what_fits_the_image(nuclei, capsys):
    assert main(["compare", "nuclei.tif", "--example-preset", "preset.json"]) == 0
    entries = read_preset(nuclei / "preset.json")
    assert {"watershed", "stardist"} <= {entry.method for entry in entries}
    assert "stardist-nuclei-histology" not in [entry.checkpoint for entry in entries]
    assert main(["compare", "--example-preset", "all.json"]) == 0
    assert "stardist-nuclei-histology" in [e.checkpoint for e in read_preset(nuclei / "all.json")]
    assert compare("--device", "cpu") == 0
    record = json.loads((nuclei / "out" / "table.json").read_text("utf-8"))
    assert {one["provenance"]["device"] for one in record["results"]} == {"cpu"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--truth", "small.tif"], "must be equal"),
        (["--roles", "nucleus,phase"], "1 channels"),
        (["--robustness", "fog=1"], "No degradation 'fog'"),
        (["--robustness", "blur=much"], "KIND=LEVEL"),
        (["--preset", "nothing.json"], "nothing.json"),
        (["--workers", "0"], "--workers must be 1 or more"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(nuclei, capsys, arguments, message):
    tifffile.imwrite("small.tif", np.zeros((9, 9), np.uint8))
    write_preset(nuclei / "preset.json", [WATERSHED])
    assert compare(*arguments) == 2
    assert message in capsys.readouterr().err
    assert not (nuclei / "out").exists()


@pytest.mark.parametrize("left_out", ["nuclei.tif", "--preset", "--output"])
def test_what_is_missing_is_said(nuclei, capsys, left_out):
    arguments = ["nuclei.tif", "--preset", "preset.json", "--output", "out"]
    at = arguments.index(left_out)
    del arguments[at : at + (2 if left_out.startswith("--") else 1)]
    assert main(["compare", *arguments]) == 2
    assert "--example-preset" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["table.to_csv", "report.write_report", "table.to_markdown"])
def test_what_cannot_be_written_keeps_nothing_else_back(nuclei, capsys, monkeypatch, part):
    write_preset(nuclei / "preset.json", [WATERSHED])

    def fail(*_, **__):
        raise ZeroDivisionError("in a table")

    monkeypatch.setattr(f"napari_cellbench.compare.{part}", fail)
    assert compare() == 1
    said = capsys.readouterr().err
    assert "is missing: this should not have happened (ZeroDivisionError" in said
    out = nuclei / "out"
    assert tifffile.imread(out / "labels" / "01_b_mine_b.tif").max() > 10
    missing = {"table.to_csv": "table.csv", "report.write_report": "report.html"}
    for name in ("table.csv", "table.json", "preset.json", "report.html"):
        assert (out / name).exists() == (name != missing.get(part))


def test_labels_are_there_before_the_others_are_done(nuclei, monkeypatch):
    """A comparison that is stopped has what was found until then."""
    write_preset(nuclei / "preset.json", [WATERSHED, replace(WATERSHED, name="second")])
    seen = []
    tell = News.tell

    def told(self, index, status):
        if status.outcome is not None:
            seen.append([path.name for path in sorted((nuclei / "out" / "labels").iterdir())])
        tell(self, index, status)

    monkeypatch.setattr(News, "tell", told)
    assert compare() == 0
    assert seen == [["01_b_mine_b.tif"], ["01_b_mine_b.tif", "02_second.tif"]]


def test_outputs_are_no_inputs(nuclei, capsys):
    write_preset(nuclei / "preset.json", [WATERSHED])
    before = (nuclei / "preset.json").read_bytes()
    for more in ([], ["--overwrite"]):
        arguments = ["compare", "nuclei.tif", "--preset", "preset.json", "--output", ".", *more]
        assert main(arguments) == 2
        assert "would replace an input" in capsys.readouterr().err
        for target in ("nuclei.tif", "preset.json", "truth.tif"):
            example = ["compare", "nuclei.tif", "--example-preset", target, *more]
            assert main(example) == (0 if target == "preset.json" and more else 2)
    assert (nuclei / "preset.json").read_bytes() != before
    assert {path.name for path in nuclei.glob("*.*")} == {"nuclei.tif", "truth.tif", "preset.json"}


def test_truth_beside_the_image_is_never_the_output(nuclei, capsys):
    (nuclei / "nuclei.tif").rename("a_image.tif")
    (nuclei / "truth.tif").rename("a_labels.tif")
    before = (nuclei / "a_labels.tif").read_bytes()
    arguments = ["predict", "a_image.tif", "--method", "watershed", "--output", "a_labels.tif"]
    assert main([*arguments, "--overwrite"]) == 2
    assert "would replace an input, a_labels.tif" in capsys.readouterr().err
    assert (nuclei / "a_labels.tif").read_bytes() == before


def test_an_ome_zarr_is_compared_plane_by_plane_only(nuclei, capsys):
    zarr = pytest.importorskip("zarr")
    pixels = tifffile.imread("nuclei.tif")
    axes = [{"name": axis} for axis in "zyx"]
    for name, planes in (("one", pixels[None]), ("two", np.stack([pixels] * 2))):
        group = zarr.open_group(f"{name}.ome.zarr", mode="w", zarr_format=2)
        group.create_array("0", data=planes)
        group.attrs["multiscales"] = [{"axes": axes, "datasets": [{"path": "0"}]}]
    write_preset(nuclei / "preset.json", [WATERSHED])
    given = ["--preset", "preset.json", "--truth", "truth.tif", "--output"]
    assert main(["compare", "one.ome.zarr", *given, "out"]) == 0
    assert compare("--truth", "truth.tif", "--overwrite") == 0
    zarred, plain = (table(nuclei / "out" / "table.csv") for _ in range(2))
    assert zarred[0]["AP50"] == plain[0]["AP50"]
    assert main(["compare", "two.ome.zarr", *given, "out2"]) == 2
    assert "two.ome.zarr holds 2 planes: give one of them." in capsys.readouterr().err
