import json

import numpy as np
import pytest
import torch

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.errors import CheckpointError, InputError
from napari_cellbench.methods import Lesson, TrainingSettings, get_method
from napari_cellbench.methods.detectron2 import ResNeSt
from napari_cellbench.methods.detectron2.checkpoint import load_checkpoint
from napari_cellbench.methods.detectron2.resnest.proposing import ANCHORS
from napari_cellbench.methods.preparation import trained_with
from napari_cellbench.methods.recognition import recognise

from ...mmdet.conftest import disc_sample
from ..small import SmallResNeSt, small_checkpoint
from .conftest import state_of

DESIGN = ResNeSt().design()


def test_files_load_as_they_lie_in_the_gallery(kind, file):
    network, settings = load_checkpoint(file, DESIGN)
    shape = network.shape
    if kind == "seggal":
        assert (shape.backbone.blocks, shape.backbone.deformable) == ((3, 24, 36, 3), (3, 4, 5))
        assert (shape.stages, shape.mask_depth) == (3, 8)
        assert set(shape.backbone.norms) == {"batch"}
        assert sum(p.numel() for p in network.parameters()) > 100_000_000
    else:
        assert (shape.backbone.blocks, shape.backbone.deformable) == ((3, 4, 6, 3), ())
        assert (shape.stages, shape.mask_depth) == (1, 4)
        # Trained with the stem and the first stage as they were.
        assert shape.backbone.norms == ("frozen", "frozen", "batch", "batch", "batch")
    assert settings.scale == 800 / 256
    assert (settings.order, settings.count, settings.mean) == ("RGB", None, (128.0,) * 3)
    method, is_known = recognise(file)
    assert (method.key, is_known) == ("resnest", True)


@pytest.mark.parametrize(
    ("key", "channels"), [("nuclei-dual-all", "two"), ("nuclei-single-all", "one")]
)
def test_entries_of_the_gallery_tell_the_channels(key, channels):
    checkpoint = get_checkpoint(f"seggal-resnest-{key}")
    values = trained_with(get_method("resnest"), checkpoint, {})
    assert values == {"window": 256, "channels": channels}


def changed(shapes, tmp_path, **weights):
    path = tmp_path / "changed.pth"
    state = state_of(shapes, "r50") | {k: v for k, v in weights.items() if v is not None}
    torch.save({"model": {k: v for k, v in state.items() if weights.get(k, v) is not None}}, path)
    return path


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"roi_heads.mask_head.deconv.bias": None}, "missing: roi_heads.mask_head.deconv.bias"),
        ({"backbone.bottom_up.res4.0.conv3.weight": None}, "no network of ResNeSt"),
        ({"roi_heads.box_predictor.cls_score.weight": None}, "no checkpoint of ResNeSt"),
        ({"roi_heads.box_predictor.cls_score.weight": torch.zeros(81, 1024)}, "80 kinds"),
        ({f"{ANCHORS}4": None}, "anchors"),
        ({f"{ANCHORS}4": torch.zeros(5, 4)}, "anchors"),
    ],
)
def test_says_what_does_not_fit(weights, words, shapes, tmp_path):
    path = changed(shapes, tmp_path, **weights)
    with pytest.raises(CheckpointError, match=words):
        load_checkpoint(path, DESIGN)
    path.unlink()


def test_starting_from_other_objects_takes_anchors_for_cells(tmp_path):
    """Those of the file are too large for cells; all else that fits is taken."""
    method = SmallResNeSt()
    network, _ = load_checkpoint(small_checkpoint(SmallResNeSt, tmp_path), method.design())
    state = network.state_dict()
    for number in range(6):
        state[f"{ANCHORS}{number}"] *= 8
    for stage in range(3):
        head = f"roi_heads.box_predictor.{stage}.cls_score"
        state[f"{head}.weight"] = state[f"{head}.weight"][:1].repeat(81, 1)
        state[f"{head}.bias"] = state[f"{head}.bias"][:1].repeat(81)
    torch.save({"model": state}, tmp_path / "coco.pth")
    run, few = tmp_path / "run", TrainingSettings(steps=1, batch=2, patch=64, learning_rate=1e-7)
    sample = disc_sample(0)
    own = method.train(Lesson([sample], "nucleus", few, run, start=tmp_path / "coco.pth"))
    trained, settings = load_checkpoint(own, method.design())
    assert (settings.roles, settings.preprocessing) == (("nucleus",), "percentiles")
    found = trained.state_dict()
    torch.testing.assert_close(found[f"{ANCHORS}1"] * 8, state[f"{ANCHORS}1"], rtol=1e-3, atol=0)
    stem = "backbone.bottom_up.stem.conv1_1.weight"
    np.testing.assert_allclose(found[stem], state[stem], rtol=1e-3, atol=1e-4)
    report = json.loads((run / "start.json").read_text())
    assert len(report["reshaped"]) == 6
    assert all("cls_score" in name for name in report["reshaped"])
    assert not report["unexpected"]


def test_one_patch_can_t_be_normalised(tmp_path):
    few = TrainingSettings(steps=1, batch=1, patch=64)
    with pytest.raises(InputError, match="batch size to 2"):
        SmallResNeSt().train(Lesson([disc_sample(0)], "nucleus", few, tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_shapes_that_would_fill_the_memory_are_refused(tmp_path):
    """Some shapes decide of the network: a small file must not make a large one."""
    network, _ = load_checkpoint(small_checkpoint(SmallResNeSt, tmp_path), SmallResNeSt().design())
    state = network.state_dict() | {"backbone.fpn_lateral2.weight": torch.zeros(100_000, 1, 1, 1)}
    torch.save({"model": state}, tmp_path / "wide.pth")
    path, few = tmp_path / "wide.pth", TrainingSettings(steps=1, batch=2, patch=64)
    with pytest.raises(CheckpointError, match="of another shape"):
        load_checkpoint(path, DESIGN)
    with pytest.raises(CheckpointError, match="don't belong together"):
        SmallResNeSt().train(Lesson([disc_sample(0)], "nucleus", few, tmp_path / "run", start=path))
    assert not (tmp_path / "run").exists()
