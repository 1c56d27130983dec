"""The catalogue against its sources."""

import ast
import importlib.util
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from napari_cellbench.checkpoints import catalogue, checkpoints, get_checkpoint, sha256_of
from napari_cellbench.checkpoints.starting_points import starting_points
from napari_cellbench.data import ROLES, TARGETS
from napari_cellbench.errors import CheckpointError


def of(source):
    return [c for c in checkpoints() if c.source == source]


def test_keys_are_unique_and_usable_in_a_shell():
    keys = [checkpoint.key for checkpoint in checkpoints()]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[\w-]+", key) for key in keys)


def test_order():
    sources = [checkpoint.source for checkpoint in checkpoints()]
    assert sources == sorted(sources, key=["bundled", "official", "seggal"].index)


@pytest.mark.parametrize("checkpoint", checkpoints(), ids=lambda c: c.key)
def test_fields(checkpoint):
    assert checkpoint.target in TARGETS
    assert checkpoint.channels
    assert set(checkpoint.channels) <= set(ROLES)
    assert checkpoint.url.startswith("https://") or checkpoint.source == "bundled"
    assert re.fullmatch(r"([0-9a-f]{64})?", checkpoint.sha256)
    assert checkpoint.title
    assert checkpoint.trained_on


def test_stardist_is_as_the_package_registers_it():
    """Read as text: to import stardist.models takes TensorFlow."""
    spec = importlib.util.find_spec("stardist")
    if spec is None:
        pytest.skip("needs stardist")
    source = (Path(spec.origin).parent / "models" / "__init__.py").read_text()
    registered = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "register_model":
            name, url, sha256 = (argument.value for argument in node.args[1:4])
            if name.startswith("2D"):
                registered[f"stardist-{name}"] = (url, sha256)
    ours = {c.key: (c.url, c.sha256) for c in of("official") if c.method == "stardist"}
    assert ours == registered


def test_mmdet_starting_points_are_in_its_model_index():
    spec = importlib.util.find_spec("mmdet")
    if spec is None:
        pytest.skip("needs mmdet")
    index = (Path(spec.origin).parent / ".mim" / "configs").glob("*/metafile.yml")
    known = set(re.findall(r"Weights: (\S+)", "\n".join(f.read_text("utf-8") for f in index)))
    ours = {c.url for c in starting_points() if "openmmlab" in c.url}
    assert len(ours) == 9
    assert ours <= known


def test_starting_points_are_for_methods_of_the_evaluation_and_are_not_offered_for_segmenting():
    for checkpoint in starting_points():
        assert checkpoint.purpose == "start"
        assert not checkpoint.sha256
    evaluated = {c.method for c in of("seggal")}
    assert {c.method for c in starting_points()} - evaluated == {"detectron2_mask_rcnn"}


def test_mobile_sam_is_the_real_file(shared):
    checkpoint = get_checkpoint("segment_anything-mobile_sam")
    file = shared / "weights" / "mobile_sam.pt"
    assert checkpoint.sha256 == sha256_of(file)
    assert checkpoint.size == file.stat().st_size


def test_names_that_the_authors_use_are_there():
    names = {
        "cellpose": ("cyto", "cyto2", "cyto3", "nuclei", "cpsam"),
        "stardist": ("2D_versatile_fluo", "2D_versatile_he", "2D_paper_dsb2018"),
        "segment_anything": ("vit_b", "vit_l", "vit_h", "mobile_sam"),
    }
    keys = {c.key for c in of("official")}
    assert {f"{family}-{name}" for family in names for name in names[family]} | {"mediar"} <= keys


def test_seggal_is_complete(shared):
    rows = json.loads((shared / "seggal-gallery.json").read_text())
    ours = of("seggal")
    assert len(ours) == len(rows) == 138
    assert [c.url for c in ours] == [row["url"] for row in rows]
    assert [c.figures["accuracy"] for c in ours] == [float(row["accuracy"]) for row in rows]
    nuclei = Counter(row["target"].startswith("Cell Nuclei") for row in rows)
    assert Counter(c.target == "nucleus" for c in ours) == nuclei
    assert [c.tissue or "All" for c in ours] == [row["training_data"] for row in rows]
    assert Counter(len(c.channels) for c in ours) == Counter(
        {"Single Channel Image": 1, "Dual Channel Image": 2}[row["channels"]] for row in rows
    )


def test_seggal_methods_that_are_ours():
    methods = Counter(c.method for c in of("seggal"))
    assert methods["stardist"] == methods["cellpose_unet"] == 5
    assert len(methods) == 18


def test_bundled(tmp_path, monkeypatch):
    entry = {
        "key": "mine",
        "method": "stardist",
        "title": "Mine",
        "target": "nucleus",
        "channels": ["nucleus"],
        "file": "mine.safetensors",
        "figures": {"f1": 0.5},
    }
    (tmp_path / "bundled.json").write_text(json.dumps([entry]))
    monkeypatch.setattr(catalogue, "BUNDLED", tmp_path)
    catalogue._catalogue.cache_clear()
    try:
        first = checkpoints()[0]
        assert (first.key, first.source) == ("mine", "bundled")
        assert first.path == tmp_path / "mine.safetensors"
        assert first.channels == ("nucleus",)
        assert get_checkpoint("mine", "stardist") is first
    finally:
        catalogue._catalogue.cache_clear()


def test_by_key():
    checkpoint = get_checkpoint("stardist-2D_versatile_fluo")
    assert checkpoint.method == "stardist"
    assert get_checkpoint(checkpoint.key, "stardist") is checkpoint


def test_of_another_method():
    with pytest.raises(CheckpointError, match="of stardist, not of cellpose_unet"):
        get_checkpoint("stardist-2D_versatile_fluo", "cellpose_unet")


def test_similar_keys_are_suggested():
    with pytest.raises(CheckpointError, match=r"Did you mean .*stardist-2D_versatile_fluo"):
        get_checkpoint("stardist-versatile_fluo")


def test_neither_key_nor_file():
    with pytest.raises(CheckpointError, match="no checkpoint and no file 'qqq'"):
        get_checkpoint("qqq", "stardist")


def test_file_without_a_method(tmp_path):
    (tmp_path / "a.pth").write_bytes(b"1")
    with pytest.raises(CheckpointError, match="say which"):
        get_checkpoint(tmp_path / "a.pth")


def test_users_file_and_folder(tmp_path, monkeypatch):
    (tmp_path / "a.pth").write_bytes(b"12345")
    monkeypatch.chdir(tmp_path)
    checkpoint = get_checkpoint("a.pth", "cellpose_unet")
    assert (checkpoint.source, checkpoint.path) == ("user", tmp_path / "a.pth")
    assert checkpoint.size == 5
    assert get_checkpoint(checkpoint.key, "cellpose_unet") == checkpoint
    assert get_checkpoint(tmp_path, "stardist").path == tmp_path
