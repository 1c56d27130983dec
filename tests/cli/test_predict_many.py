"""Many images into a folder: records, what goes wrong with one, and what is skipped."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.cli import main
from napari_cellbench.cli.done import NAME
from napari_cellbench.data.ome_zarr import OmeZarr
from napari_cellbench.data.samples import demo_sample

OPTIONS = ["--method", "watershed", "--output-dir", "out"]


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """Three images and a damaged file."""
    monkeypatch.chdir(tmp_path)
    image = np.asarray(demo_sample().image[0])
    Path("in").mkdir()
    for number in range(3):
        tifffile.imwrite(f"in/{number}.tif", image[100 * number :][:128, :128])
    Path("bad.tif").write_bytes(b"II*\0 this is no image")
    return tmp_path


def predict(*arguments: str) -> int:
    return main(["predict", *arguments])


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def started(monkeypatch):
    """Return a list with an entry for each worker process that is started from now on."""
    from napari_cellbench.engine.client.process import WorkerProcess

    started = []
    new = WorkerProcess._new_service
    monkeypatch.setattr(
        WorkerProcess, "_new_service", lambda self: (started.append(1), new(self))[1]
    )
    return started


def test_one_model_for_all(here, capsys, started):
    pytest.importorskip("stardist")
    method = ["--method", "stardist", "--checkpoint", "stardist-nuclei-fluo", "--device", "cpu"]
    assert predict("in", *method, "--output-dir", "out", "--json") == 0
    assert len(records(capsys.readouterr().out)) == 3
    assert len(started) == 1


def test_one_record_an_image_in_their_order(here, capsys, started):
    """What loads no model is run in two processes."""
    assert predict("in", *OPTIONS, "--json") == 0
    said = capsys.readouterr()
    found = records(said.out)
    assert len(started) == min(2, os.cpu_count())
    for number, record in enumerate(found):
        assert Path(record["image"]) == here / "in" / f"{number}.tif"
        labels = tifffile.imread(record["output"])
        assert labels.shape == (128, 128)
        assert record["objects"] == labels.max() > 3
        assert record["method"] == "watershed"
    assert "[1/3] 0.tif" in said.err
    assert " left)" in said.err


def test_a_bad_image_stops_no_other(here, capsys):
    assert predict("in/0.tif", "bad.tif", "in/1.tif", *OPTIONS, "--json") == 1
    said = capsys.readouterr()
    found = records(said.out)
    assert [record.get("objects", 0) > 0 for record in found].count(True) == 2
    (failed,) = [record for record in found if "error" in record]
    assert "bad.tif" in failed["error"]
    assert "1 of 3 images failed" in said.err
    assert not list(Path("out").glob("*.tmp"))


def test_what_is_done_alike_is_skipped(here, capsys):
    assert predict("in", *OPTIONS) == 0
    times = {path: path.stat().st_mtime_ns for path in Path("out").glob("*.tif")}
    capsys.readouterr()
    assert predict("in", *OPTIONS, "--resume", "--json") == 0
    said = capsys.readouterr()
    assert "3 of 3 images skipped" in said.err
    assert [record["skipped"] for record in records(said.out)] == [True] * 3
    assert times == {path: path.stat().st_mtime_ns for path in Path("out").glob("*.tif")}


def test_what_changed_is_done_again_if_it_may_be(here, capsys):
    assert predict("in", *OPTIONS) == 0
    image = tifffile.imread("in/0.tif")
    tifffile.imwrite("in/0.tif", image[:100])
    tifffile.imwrite("out/1_labels.tif", np.ones((128, 128), np.uint16))
    with Path("out", NAME).open("a") as file:
        file.write('{"output": "2_labels.tif", "requ')
    capsys.readouterr()
    assert predict("in", *OPTIONS, "--resume") == 2
    assert "--overwrite" in capsys.readouterr().err
    assert tifffile.imread("out/1_labels.tif").min() == 1
    assert predict("in", *OPTIONS, "--resume", "--overwrite") == 0
    assert "1 of 3 images skipped" in capsys.readouterr().err
    assert tifffile.imread("out/0_labels.tif").shape == (100, 128)
    assert tifffile.imread("out/1_labels.tif").min() == 0


@pytest.mark.parametrize("more", [["--param", "diameter=30"], ["--roles", "phase"]])
def test_other_settings_are_done_again(here, capsys, more):
    assert predict("in/0.tif", *OPTIONS) == 0
    assert predict("in/0.tif", *OPTIONS, "--param", "diameter=20", "--resume") == 0
    assert "1 of 1 images skipped" in capsys.readouterr().err
    assert predict("in/0.tif", *OPTIONS, "--resume", "--overwrite", *more) == 0
    assert "0 of 1 images skipped" in capsys.readouterr().err


def test_no_output_takes_the_place_of_an_input(here, capsys):
    Path("in/1_image.tif").write_bytes(Path("in/1.tif").read_bytes())
    Path("in/1_labels.tif").write_bytes(Path("in/1.tif").read_bytes())
    before = {path: path.read_bytes() for path in Path("in").iterdir()}
    command = ["in/1_image.tif", "--method", "watershed", "--output-dir", "in", "--overwrite"]
    assert predict(*command) == 2
    assert "replace an input" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in Path("in").iterdir()}


def test_outputs_are_checked_before_the_work(here, capsys):
    Path("out").mkdir()
    Path("out/2_labels.tif").write_bytes(b"of others")
    assert predict("in", *OPTIONS) == 2
    assert "2_labels.tif is there already" in capsys.readouterr().err
    assert [path.name for path in Path("out").iterdir()] == ["2_labels.tif"]


def test_stacks_and_other_formats(here, capsys):
    planes = np.stack([tifffile.imread("in/0.tif"), tifffile.imread("in/1.tif")])
    tifffile.imwrite("stack.tif", planes, imagej=True, metadata={"axes": "TYX"})
    assert predict("in/0.tif", "stack.tif", *OPTIONS) == 0
    labels = tifffile.imread("out/stack_labels.tif")
    np.testing.assert_array_equal(labels[0], tifffile.imread("out/0_labels.tif"))
    with tifffile.TiffFile("out/stack_labels.tif") as tiff:
        assert tiff.series[0].axes == "TYX"
    assert predict("stack.tif", "--method", "watershed", "--output", "one.tif") == 0
    np.testing.assert_array_equal(tifffile.imread("one.tif"), labels)
    assert predict("in/0.tif", "stack.tif", *OPTIONS, "--format", ".json") == 1
    assert json.loads(Path("out/0_labels.json").read_text())["annotations"]


def test_ome_zarr_with_the_image(here, capsys):
    pytest.importorskip("zarr")
    planes = np.stack([tifffile.imread("in/0.tif"), tifffile.imread("in/1.tif")])
    tifffile.imwrite("stack.tif", planes, imagej=True, metadata={"axes": "TYX"})
    assert predict("in", "stack.tif", *OPTIONS) == 0
    assert predict("in", "bad.tif", "stack.tif", *OPTIONS, "--format", "ome-zarr") == 1
    capsys.readouterr()
    for name in ("0", "1", "2", "stack"):
        found = OmeZarr(Path("out", f"{name}.ome.zarr"))
        labels = np.asarray(found.labels("cellbench").levels[0][...])
        np.testing.assert_array_equal(labels, tifffile.imread(f"out/{name}_labels.tif"))
    np.testing.assert_array_equal(np.asarray(found.image.levels[0][:, 0]), planes)
    assert not list(Path("out").glob(".*"))
    assert predict("in", *OPTIONS, "--format", "ome-zarr") == 2
    assert "--overwrite" in capsys.readouterr().err
    assert predict("in", *OPTIONS, "--format", "ome-zarr", "--resume") == 0
    assert "3 of 3 images skipped" in capsys.readouterr().err
    chunk = Path("out/0.ome.zarr/labels/cellbench/0/0/0")
    chunk.write_bytes(chunk.read_bytes() + b"1")
    assert predict("in", *OPTIONS, "--format", "ome-zarr", "--resume", "--overwrite") == 0
    assert "2 of 3 images skipped" in capsys.readouterr().err
    own = ["out/0.ome.zarr", *OPTIONS, "--format", "ome-zarr", "--overwrite"]
    assert predict(*own) == 2
    assert "replace an input" in capsys.readouterr().err


def test_labels_go_into_the_ome_zarr_itself(here, capsys):
    pytest.importorskip("zarr")
    own = ["--method", "watershed", "--json"]
    assert predict("in/0.tif", *own, "--output", "a.ome.zarr") == 0
    first = json.loads(capsys.readouterr().out)
    assert predict("a.ome.zarr", *own, "--label", "again") == 0
    said = json.loads(capsys.readouterr().out)
    assert Path(said["output"]) == here / "a.ome.zarr" / "labels" / "again"
    assert said["objects"] == first["objects"] > 3
    found = OmeZarr(Path("a.ome.zarr"))
    assert found.label_names == ("cellbench", "again")
    one, other = (np.asarray(found.labels(name).levels[0][...]) for name in found.label_names)
    np.testing.assert_array_equal(one, other)
    assert predict("a.ome.zarr", *own, "--label", "again") == 2
    assert "has labels again already" in capsys.readouterr().err
    assert predict("a.ome.zarr", *own, "--label", "again", "--overwrite") == 0
    assert predict("a.ome.zarr", *own, "--label", "..") == 2
    assert predict("in/0.tif", "--method", "watershed") == 2
    assert "name a file with --output" in capsys.readouterr().err
    assert main(["score", "a.ome.zarr", "a.ome.zarr/labels/again", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["AP50"] == 1


def test_a_method_that_is_not_installed_ends_it_all(here, capsys, monkeypatch):
    site = here / "site" / "absent-1.0.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: absent\nVersion: 1.0\n")
    (site / "entry_points.txt").write_text("[napari_cellbench.methods]\nabsent = absent:Absent\n")
    (here / "site" / "absent.py").write_text(
        "from napari_cellbench.methods.watershed import Watershed\n"
        "class Absent(Watershed):\n    key = 'absent'\n    requires = ('no_such_module',)\n"
    )
    monkeypatch.syspath_prepend(str(here / "site"))
    paths = [str(here / "site"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    from napari_cellbench.methods.registry import methods

    methods.cache_clear()
    assert predict("in", "--method", "absent", "--output-dir", "out") == 3
    assert "no_such_module" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["in", "--output", "a.tif"], "These are 3 images: name a folder"),
        (["in/0.tif", "--output", "a.tif", "--resume"], "--resume goes with --output-dir"),
        (["in", "--output-dir", "bad.tif"], "is no folder"),
        (["in", "--output-dir", "out", "--method", "watersheds"], "Did you mean watershed"),
    ],
)
def test_what_the_person_can_mend(here, capsys, arguments, says):
    assert predict(*arguments) == 2
    assert says in capsys.readouterr().err
    assert not Path("a.tif").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_a_bar_on_a_terminal(here):
    import pty

    main_end, other_end = pty.openpty()
    command = [sys.executable, "-m", "napari_cellbench", "predict", "in", *OPTIONS, "--json"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    ran = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=other_end, env=environment)
    os.close(other_end)
    # A terminal takes a few thousand bytes at once; who writes more waits until they are read.
    parts = []
    with contextlib.suppress(OSError):
        while part := os.read(main_end, 4096):
            parts.append(part)
    os.close(main_end)
    shown = b"".join(parts).decode()
    out, _ = ran.communicate()
    assert ran.returncode == 0
    assert len(records(out.decode())) == 3
    assert "3/3" in shown
    assert "[1/3]" not in shown
