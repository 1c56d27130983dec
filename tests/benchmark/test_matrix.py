"""Matrices of training runs."""

import json
from collections import Counter

import numpy as np
import pytest

from napari_cellbench.benchmark.matrix import (
    Cell,
    Learnt,
    evaluation_matrix,
    evaluation_matrix_on,
    look_into,
    matrix,
    states,
    train,
)
from napari_cellbench.cli import main
from napari_cellbench.data.samples import sample_folder
from napari_cellbench.errors import InputError
from napari_cellbench.training.images import read_images
from napari_cellbench.training.plan import Plan

TASK = {
    ("Cell Nuclei Segmentation", "Dual Channel Image"): "nuclei-dual",
    ("Cell Nuclei Segmentation", "Single Channel Image"): "nuclei",
    ("Whole Cell Segmentation", "Dual Channel Image"): "cells-dual",
    ("Whole Cell Segmentation", "Single Channel Image"): "cells",
}
TISSUENET = sample_folder() / "tissuenet_v1.1_sample.npz"


def test_the_systematic_evaluation_has_the_models_of_the_gallery(shared):
    """By the gallery's own list, which isn't where the program has them from."""
    rows = json.loads((shared / "seggal-gallery.json").read_text())
    expected = Counter()
    for row in rows:
        task = TASK[row["target"], row["channels"]]
        if row["modality"] == "Light Microscopy":
            task = "phase"
        group = None if row["training_data"] == "All" else row["training_data"]
        expected[task, group] += 1
    cells = evaluation_matrix()
    assert len(cells) == len(set(cells)) == len(rows) == 138
    assert Counter((cell.task, cell.group) for cell in cells) == expected
    on_all = [cell for cell in cells if cell.group is None]
    assert len(on_all) == 90
    assert len({cell.method for cell in on_all}) == 18
    assert {cell.method for cell in cells if cell.group} == {"swin_s"}
    assert len({cell.folder for cell in cells}) == 138


def test_a_data_set_tells_what_it_can_teach():
    found = look_into(TISSUENET)
    assert found.tasks == ("nuclei-dual", "nuclei", "cells-dual", "cells")
    assert len(found.groups) > 1
    phase = look_into(sample_folder() / "livecell")
    assert phase.tasks == ("phase",)
    assert phase.groups == ("A172", "BV2")
    with pytest.raises(InputError, match="fits none of the tasks"):
        look_into(sample_folder() / "stage1_sample")


def test_a_matrix_is_methods_by_tasks_by_groups(tmp_path):
    data = [
        Learnt(tmp_path / "t", ("nuclei", "cells"), ("lung", "skin")),
        Learnt(tmp_path / "l", ("phase",), ("A172",)),
    ]
    found = matrix(data, ["stardist", "swin_s"])
    assert Counter((cell.task, cell.group) for cell in found) == {
        ("nuclei", None): 2,
        ("nuclei", "lung"): 2,
        ("nuclei", "skin"): 2,
        ("cells", None): 2,
        ("cells", "lung"): 2,
        ("cells", "skin"): 2,
        # Of one group alone all images are that group's.
        ("phase", None): 2,
    }
    assert found[Cell("phase", "stardist")] == tmp_path / "l"
    one = matrix(data, ["stardist"], ["cells"], ["swin_s"])
    assert list(one) == [
        Cell("cells", "stardist"),
        Cell("cells", "swin_s", "lung"),
        Cell("cells", "swin_s", "skin"),
    ]
    with pytest.raises(InputError, match="no task"):
        matrix(data, ["stardist"], ["cell"])
    with pytest.raises(InputError, match="No data set has"):
        matrix(data, ["stardist"], ["nuclei-dual"])
    with pytest.raises(InputError):
        matrix(data, ["stardust"])


def test_the_systematic_evaluation_on_data_goes_by_their_names(tmp_path):
    data = [Learnt(tmp_path, ("nuclei",), ("lymph node metastasis", "Lung", "moon"))]
    found = evaluation_matrix_on(data)
    assert len(found) == 20
    assert {cell.group for cell in found} == {None, "lymph node metastasis", "Lung"}


def test_a_plan_learns_from_its_group_and_channels_alone():
    everything = read_images(Plan("stardist", TISSUENET, target="nucleus"))
    (group, *_) = {sample.group for sample in everything.train}
    cell = Cell("nuclei", "stardist", group)
    images = read_images(cell.plan(TISSUENET, Plan("", TISSUENET)))
    samples = images.train + images.validation
    assert samples
    assert {sample.group for sample in samples} == {group}
    assert {sample.roles for sample in samples} == {("nucleus",)}
    by_name = {sample.name: sample for sample in everything.train + everything.validation}
    for sample in samples:
        assert np.array_equal(sample.image[0], by_name[sample.name].image[0])
    with pytest.raises(InputError, match="No image is of the group moon"):
        read_images(Plan("stardist", TISSUENET, target="nucleus", group="moon"))


def test_runs_are_made_go_on_and_are_not_made_twice(tmp_path):
    pytest.importorskip("stardist")
    data = look_into(TISSUENET)
    cells = dict(list(matrix([data], ["stardist"], ["nuclei"], []).items()))
    cells |= {Cell("nuclei", "watershed"): TISSUENET}
    assert list(states(tmp_path, cells).values()) == ["new", "untrainable"]
    seen = []

    def stop_at_once(run):
        seen.append(run.folder)
        run.stop()

    common = Plan("", TISSUENET, device="cpu")
    ((cell, status, problem),) = train(tmp_path, cells, common, stop_at_once)
    assert status.state == "stopped"
    assert problem
    assert states(tmp_path, cells)[cell] == "stopped"
    list(train(tmp_path, cells, common, stop_at_once))
    assert seen == [tmp_path / "nuclei" / "all" / "stardist"] * 2


def test_the_list_is_printed_and_nothing_is_made(tmp_path, capsys):
    out = tmp_path / "runs"
    assert main(["train-matrix", "--preset", "seggal", "--dry-run", "--output", str(out)]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert len(lines) == 138
    assert "138 models" in printed.err
    assert not out.exists()
    arguments = ["train-matrix", str(TISSUENET), "--method", "stardist", "--task", "nuclei"]
    assert (
        main([*arguments, "--each-group", "none", "--dry-run", "--json", "--output", str(out)]) == 0
    )
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (row["task"], row["method"], row["group"], row["state"]) == (
        "nuclei",
        "stardist",
        None,
        "new",
    )
