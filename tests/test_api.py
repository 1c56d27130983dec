"""The Python interface, and that its examples run."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

import napari_cellbench
from napari_cellbench import Engine, Sample, Score, api, read, score, segment
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.errors import InputError
from napari_cellbench.scoring.folders import FolderScore

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebooks" / "first-steps.ipynb"


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.asarray(demo_sample().image[0])[:256, :256]


def test_examples_run():
    found = doctest.testmod(api)
    assert found.attempted > 15
    assert not found.failed


def test_notebook_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert len(code) >= 5
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in code:
        exec(compile(cell, str(NOTEBOOK), "exec"), names)


def test_the_package_offers_what_it_names_and_imports_it_late():
    assert all(hasattr(napari_cellbench, name) for name in napari_cellbench.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        napari_cellbench.nonsense  # noqa: B018
    code = "import napari_cellbench, sys; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_arrays_files_and_samples_give_the_same(engine, image, tmp_path):
    file = tmp_path / "nuclei.tif"
    tifffile.imwrite(file, image)
    (sample,) = read(file)
    given = [file, str(file), sample, image, image[None], np.stack([image] * 3, axis=-1)]
    found = [segment(one, "watershed", engine=engine) for one in given]
    labels = [one.instances.to_labels() for one in found]
    assert labels[0].max() > 10
    assert all(np.array_equal(labels[0], other) for other in labels)
    assert engine.pid is not None
    assert found[0].provenance["image"] == "nuclei"


def test_a_method_is_proposed_and_roles_count_more_than_looks(engine, image):
    found = segment(image, engine=engine)
    assert found.provenance["kind"] == "fluorescence"
    assert any("Looks like fluorescence" in note for note in found.provenance["notes"])
    found = segment(image, "watershed", roles=["phase"], engine=engine)
    assert found.provenance["roles"] == ["phase"]
    assert found.provenance["kind"] == "phase_contrast"


def test_a_process_of_its_own_ends_with_the_call(image, nothing_left):
    assert len(segment(image, "watershed", parameters={"diameter": 25}).instances) > 5


@pytest.mark.parametrize(
    ("given", "options", "says"),
    [
        (np.zeros((2, 3, 4, 5)), {}, "An image is an array"),
        (np.array([["a", "b"]]), {}, "An image is an array"),
        (np.zeros((64, 64)), {"roles": ["nuclei"]}, "Did you mean nucleus"),
        (np.zeros((64, 64)), {"method": "watersheds"}, "Did you mean watershed"),
        (np.zeros((64, 64)), {}, "no method is proposed"),
        (Sample("x", np.zeros((1, 64, 64)), ("nucleus",)), {}, "Name a method"),
    ],
)
def test_what_cannot_be_segmented(engine, given, options, says):
    with pytest.raises(InputError, match=says):
        segment(given, engine=engine, **options)


def test_a_stack_is_read_plane_by_plane(engine, image, tmp_path):
    tifffile.imwrite(tmp_path / "stack.tif", np.stack([image, image // 2]), imagej=True,
                     metadata={"axes": "ZYX"})  # fmt: skip
    planes = read(tmp_path / "stack.tif")
    assert [plane.name for plane in planes] == ["stack z0", "stack z1"]
    with pytest.raises(InputError, match="holds 2 images"):
        segment(tmp_path / "stack.tif", "watershed", engine=engine)


def test_scores_of_arrays_files_and_folders_agree(tmp_path):
    truth = demo_sample().truth["nucleus"].to_labels().astype(np.uint16)
    other = np.where(truth % 3 == 0, 0, truth)
    for side, labels in (("truth", truth), ("prediction", other)):
        (tmp_path / side).mkdir()
        tifffile.imwrite(tmp_path / side / "a_labels.tif", labels)
    files = [tmp_path / side / "a_labels.tif" for side in ("truth", "prediction")]
    figures = score(truth, other)
    assert isinstance(figures, Score)
    assert score(*files) == figures
    assert score(files[0], other) == figures
    assert score(truth, str(files[1])) == figures
    folders = score(tmp_path / "truth", tmp_path / "prediction")
    assert isinstance(folders, FolderScore)
    assert folders.rows[0].score == figures
    assert score(*files, edge=2).n_truth < figures.n_truth
