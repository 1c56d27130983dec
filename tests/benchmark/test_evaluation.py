"""Whole evaluations: what becomes of good and of bad images, and of what is stopped."""

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import polars as pl
import psutil
import pytest
import tifffile

from napari_cellbench.benchmark import evaluation, planning
from napari_cellbench.benchmark.asked import Asked
from napari_cellbench.benchmark.evaluation import evaluate
from napari_cellbench.benchmark.jobs import Job
from napari_cellbench.benchmark.local import run_here
from napari_cellbench.benchmark.results import read_results
from napari_cellbench.data.truth_files import read_instances
from napari_cellbench.errors import InputError
from napari_cellbench.scoring import score

from .conftest import disks, write_pair

WATERSHED = ("watershed",)


def run(asked, folder, **more):
    done = []
    failures = evaluate(asked, folder, run_here, done=done.append, **more)
    return failures, done


def never(jobs):
    assert not jobs
    return ()


def test_figures_predictions_and_provenance_belong_together(make, tmp_path):
    data, out = make(count=3), tmp_path / "out"
    failures, done = run(Asked((data,), WATERSHED), out)
    assert failures == 0
    assert len(done) == 3
    images, cells = read_results(out)
    assert images["data_set"].unique().to_list() == ["disks"]
    for row in images.iter_rows(named=True):
        file = out / row["prediction_file"]
        found = read_instances(file)
        truth = tifffile.imread(data / f"{row['image']}_labels.tif")
        expected = score(truth, found).to_dict()
        assert row["pq"] == expected["pq"]
        assert row["f1"] == expected["f1"]
        record = json.loads(file.read_text())["info"]["cellbench"]
        assert record["method"] == "watershed"
        assert record["image"] == row["image"]
        assert row["seconds"] > 0
        assert row["GiB"] > 0.01
        own = cells.filter(pl.col("image") == row["image"])
        assert own["label"].drop_nulls().len() == row["n_truth"] == 5
    # Nothing is left to be done.
    evaluate(Asked((data,), WATERSHED), out, never)
    assert read_results(out)[0].equals(images)
    # More images, and another data set, come to what is there.
    write_pair(data, "zzz", disks(9))
    other = tmp_path / "more" / "disks"
    write_pair(other, "a", disks(1))
    _, done = run(Asked((data, other), WATERSHED), out)
    assert [one.job.image for one in done] == ["zzz", "a"]
    names = read_results(out)[0]["data_set"].unique().sort().to_list()
    assert names == ["disks", "more/disks"]
    assert pl.read_parquet(out / "images.parquet").equals(read_results(out)[0])


def test_bad_images_are_recorded_and_the_rest_goes_on(tmp_path):
    data, out = tmp_path / "data", tmp_path / "out"
    write_pair(data / "good", "a", disks(1))
    write_pair(data / "good", "empty", np.zeros((96, 96), np.int32))
    write_pair(data / "alone", "a", disks(2))
    write_pair(data / "bad", "broken", disks(3))
    (data / "bad" / "broken_image.tif").write_bytes(b"II*\0 this is no image")
    write_pair(data / "bad", "cut", disks(3))
    write_pair(data / "bad", "size", disks(3))
    tifffile.imwrite(data / "bad" / "size_labels.tif", disks(3)[:50])
    write_pair(data / "bad", "truthless", disks(3))
    (data / "bad" / "truthless_labels.tif").unlink()
    content = (data / "bad" / "cut_labels.tif").read_bytes()
    (data / "bad" / "cut_labels.tif").write_bytes(content[: len(content) // 2])
    told = []
    failures, _ = run(Asked((data,), WATERSHED), out, planned=told.append)
    assert failures == 3
    assert "1 of 7 images of data have no truth" in told[0].notes[0]
    images, cells = read_results(out)
    states = dict(images.select("image", "state").iter_rows())
    assert states == {
        "alone/a": "done",
        "bad/broken": "failed",
        "bad/cut": "failed",
        "bad/size": "failed",
        "good/a": "done",
        "good/empty": "done",
    }
    bad = images.filter(pl.col("state") == "failed")
    assert all(bad["error"].str.contains("broken|cut|size"))
    assert bad["mAP"].null_count() == 3
    empty = images.filter(pl.col("image") == "good/empty").row(0, named=True)
    assert empty["n_truth"] == 0
    assert empty["mAP"] is None
    groups = dict(images.select("image", "group").iter_rows())
    assert groups["alone/a"] == "alone"
    assert set(cells["image"]) >= {"alone/a", "good/a"}
    # Failures aren't tried again unless that is asked for; then the new row counts.
    evaluate(Asked((data,), WATERSHED), out, never)
    write_pair(data / "bad", "broken", disks(3))
    failures, done = run(Asked((data,), WATERSHED, retry=True), out)
    assert (failures, len(done)) == (2, 3)
    states = dict(read_results(out)[0].select("image", "state").iter_rows())
    assert states["bad/broken"] == "done"
    assert len(states) == 6


def test_what_takes_too_long_is_recorded(make, tmp_path):
    data, out = make(count=3), tmp_path / "out"
    slow = Asked((data,), WATERSHED, time_limit=1e-4)
    failures, _ = run(slow, out)
    assert failures == 3
    assert all(read_results(out)[0]["error"].str.contains("--time-limit"))


def test_a_process_that_dies_fails_its_image_and_no_other(make, tmp_path):
    data, out = make(count=25), tmp_path / "out"
    states = []

    def note(one):
        states.append(one.record["image"]["state"])
        if "failed" not in states:
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if any("engine.worker.boot" in word for word in child.cmdline()):
                        child.kill()

    failures = evaluate(Asked((data,), WATERSHED), out, run_here, done=note)
    images, _ = read_results(out)
    assert len(images) == len(states) == 25
    # Those in hand when it was killed for the last time, and those that waited for it.
    assert 1 <= failures <= 4
    bad = images.filter(pl.col("state") == "failed")
    assert len(bad) == failures
    assert all(bad["error"].str.contains("ended"))


def test_a_csv_groups_and_groups_stay_what_they_are(make, tmp_path):
    data, out, csv = make(count=2), tmp_path / "out", tmp_path / "groups.csv"
    csv.write_text("000,first\n")
    run(Asked((data,), WATERSHED, groups=csv), out)
    groups = dict(read_results(out)[0].select("image", "group").iter_rows())
    assert groups == {"000": "first", "001": None}
    with pytest.raises(InputError, match="other groups"):
        run(Asked((data,), WATERSHED), out)


def test_tasks_and_targets(tmp_path):
    from napari_cellbench.data.samples import sample_folder

    data = sample_folder() / "tissuenet_v1.1_sample.npz"
    out = tmp_path / "out"
    run(Asked((data,), WATERSHED, images=1, task="nuclei"), out)
    run(Asked((data,), WATERSHED, images=1, task="cells-dual"), out)
    run(Asked((data,), WATERSHED, images=1, target="whole_cell"), out)
    found = read_results(out)[0].select("task", "target", "state").rows()
    assert found == [
        ("nuclei", "nucleus", "done"),
        ("cells-dual", "whole_cell", "done"),
        (None, "whole_cell", "done"),
    ]
    with pytest.raises(InputError, match="no task"):
        run(Asked((data,), WATERSHED, task="nucleii"), out)
    with pytest.raises(InputError, match="leave --target out"):
        run(Asked((data,), WATERSHED, task="nuclei", target="whole_cell"), out)
    # A channel that isn't there fails image by image.
    failures, _ = run(Asked((data,), WATERSHED, images=1, task="phase"), out)
    assert failures == 1


def test_what_cannot_be_evaluated_is_refused_before_anything_is_made(make, tmp_path):
    data, out = make(), tmp_path / "out"
    for asked, said in (
        (Asked((data,), ("watershedd",)), "watershed"),
        (Asked((data,), ("watershed:x",)), "takes no checkpoint"),
        (Asked((data,), ("stardist",)), "Name a checkpoint"),
        (Asked((tmp_path / "nothing",), WATERSHED), "nothing"),
        (Asked((data,), ("cellpose_unet:cellpose-phase-contrast",)), "isn't run on disks"),
    ):
        with pytest.raises(Exception, match=said):
            run(asked, out)
        assert not (out / "images.parquet").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").touch()
    with pytest.raises(InputError, match=r"photo\.jpg"):
        run(Asked((data,), WATERSHED), tmp_path / "full")


def test_results_of_another_version_are_refused(make, tmp_path, monkeypatch):
    data, out = make(count=1), tmp_path / "out"
    run(Asked((data,), WATERSHED), out)
    monkeypatch.setattr(planning, "__version__", "99.0")
    with pytest.raises(InputError, match=r"results of version .*Evaluate into another folder"):
        run(Asked((data,), WATERSHED), out)


def test_another_file_under_the_name_of_a_checkpoint_is_refused(make, tmp_path):
    data, out, file = make(count=1), tmp_path / "out", tmp_path / "mine.pth"
    asked = Asked((data,), (f"stardist:{file}",), anywhere=True)
    file.write_bytes(b"one")
    evaluate(asked, out, lambda jobs: ())
    file.write_bytes(b"other")
    with pytest.raises(InputError, match="another file"):
        evaluate(asked, out, lambda jobs: ())


def test_names_become_files_that_differ():
    job = Job("a/b", None, None, None, 0, "x/y", None, None, "nucleus", "m", None)
    others = [replace(job, image=name) for name in ("x_y", "x?y", "../x", "x y", "é" * 300)]
    files = [evaluation.prediction_file(one) for one in (job, *others)]
    assert len(set(files)) == len(files)
    for file in files:
        assert len(file.parts) == 4
        assert ".." not in file.parts
        assert all(len(part.encode()) < 255 for part in file.parts)


LIMITED = """
import resource, signal, sys
from napari_cellbench.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""


def command(*arguments):
    return [sys.executable, "-m", "napari_cellbench.cli", "evaluate", *map(str, arguments)]


@pytest.mark.skipif(sys.platform == "win32", reason="a limit that stands for a full disk")
def test_a_full_disk_is_told_and_what_was_done_is_kept(make, tmp_path):
    data, out = make(count=60), tmp_path / "out"
    asked = ["evaluate", str(data), "--method", "watershed", "--output", str(out)]
    full = subprocess.run(
        [sys.executable, "-c", LIMITED, "65536", *asked],
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 2, full.stderr
    assert "is full" in full.stderr
    before = read_results(out)[0]["image"].to_list()
    assert 0 < len(before) < 60
    failures, done = run(Asked((data,), WATERSHED), out)
    assert failures == 0
    assert len(done) == 60 - len(before)
    assert sorted(read_results(out)[0]["image"]) == [f"{i:03d}" for i in range(60)]


def test_two_evaluations_into_one_folder_are_refused(make, tmp_path):
    data, out = make(count=2), tmp_path / "out"

    def busy(jobs):
        other = subprocess.run(
            command(data, "--method", "watershed", "--output", out),
            capture_output=True,
            text=True,
            check=False,
        )
        assert other.returncode == 2
        assert "Another program writes into" in other.stderr
        return run_here(jobs)

    assert evaluate(Asked((data,), WATERSHED), out, busy) == 0
    assert len(read_results(out)[0]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_evaluation_that_is_stopped_goes_on(make, tmp_path, number):
    data, out = make(count=40), tmp_path / "out"
    arguments = command(data, "--method", "watershed", "--output", out, "--json")
    seed = random.Random(int(number))
    seen: set[str] = set()
    for _ in range(3):
        with subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            # Some images, and then at any moment of the next ones.
            for _ in range(seed.randint(1, 8)):
                if line := process.stdout.readline():
                    name = json.loads(line)["image"]
                    assert name not in seen
                    seen.add(name)
            time.sleep(seed.random() * 0.2)
            process.send_signal(number)
            rest, said = process.communicate(timeout=60)
        if number == signal.SIGINT:
            assert process.returncode == 130, said
            assert "the same command goes on" in said
            assert "Traceback" not in said
        for line in rest.splitlines():
            seen.add(json.loads(line)["image"])
        images, cells = read_results(out)
        # All that was told is there, and is there once.
        assert images["image"].is_unique().all()
        assert seen <= set(images["image"])
        seen = set(images["image"])
        assert set(cells["image"]) == seen
    failures, done = run(Asked((data,), WATERSHED), out)
    assert failures == 0
    assert len(done) == 40 - len(seen)
    images, cells = read_results(out)
    assert sorted(images["image"]) == [f"{i:03d}" for i in range(40)]
    assert cells["label"].drop_nulls().len() == images["n_truth"].sum() == 200


WRITER = """
import sys
from pathlib import Path
from napari_cellbench.benchmark import store
store.LINES = 4
with store.held(Path(sys.argv[1])), store.Store(Path(sys.argv[1])) as out:
    known = {key[1] for key in out.states()}
    print("ready", flush=True)
    for i in range(100000):
        if str(i) not in known:
            row = {"data_set": "d", "image": str(i), "target": "t", "method": "m", "state": "done"}
            cells = {"kind": ["missed"] * 2, "label": [1, 2]}
            cells |= {name: [None, None] for name in
                      ("prediction", "size", "elongation", "convexity", "iou", "y", "x")}
            out.add({"image": row, "cells": cells})
            if i % 7 == 0:
                out.compact()
            print(i, flush=True)
"""


def test_a_writer_that_is_killed_at_any_moment_loses_nothing_and_counts_nothing_twice(tmp_path):
    from napari_cellbench.benchmark.folder import Header, write_header

    write_header(tmp_path, Header())
    seed, last = random.Random(0), -1
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "ready\n"
            time.sleep(seed.random() * 0.5)
            process.kill()
            told = process.stdout.read().split("\n")[:-1]
        images, cells = read_results(tmp_path)
        names = [int(name) for name in images["image"]]
        # In order, without a gap: all that was told, and at most the one that it was about to tell.
        assert names == list(range(len(names)))
        last = int(told[-1]) if told else last
        assert len(names) - 1 in (last, last + 1)
        assert len(cells) == 2 * len(names)
        last = len(names) - 1
    assert last > 8
