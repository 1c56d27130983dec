import pytest
import torch

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods import get_method
from napari_cellbench.methods.detectron2 import CenterMask2
from napari_cellbench.methods.detectron2.checkpoint import load_checkpoint, save_checkpoint
from napari_cellbench.methods.detectron2.settings import InputSettings
from napari_cellbench.methods.preparation import trained_with
from napari_cellbench.methods.recognition import recognise

from ..conftest import seeded_state

DESIGN = CenterMask2().design()


def written(path, shapes, **changed):
    """Write a file as detectron2 0.3 does at the end of a training."""
    model = seeded_state(shapes) | {
        "pixel_mean": torch.tensor([1.0, 2.0, 3.0]).reshape(3, 1, 1),
        "pixel_std": torch.full((3, 1, 1), 4.0),
    }
    model |= changed
    rest = {"optimizer": {"state": {}}, "scheduler": {"last_epoch": 99_999}, "iteration": 99_999}
    torch.save({"model": model, **rest}, path)
    return path


@pytest.mark.parametrize(("kind", "count"), [("one", 1), ("two", 2)])
def test_seggal_s_files_load_as_they_lie_in_the_gallery(kind, count, shapes, tmp_path):
    path = written(tmp_path / "model_final.pth", shapes[kind])
    network, settings = load_checkpoint(path, DESIGN)
    assert network.shape.backbone.blocks == (1, 3, 9, 3)
    assert network.shape.backbone.norm == "frozen"
    assert bool(network.shape.hidden) == (kind == "one")
    assert settings.mean == (1, 2, 3)
    assert settings.std == (4, 4, 4)
    assert settings.scale == 800 / 256
    assert (settings.order, settings.count, settings.roles) == ("BGR", count, ())
    method, is_known = recognise(path)
    assert (method.key, is_known) == ("centermask2", True)
    path.unlink()


@pytest.mark.parametrize(
    ("key", "channels"), [("nuclei-dual-all", "two"), ("nuclei-single-all", "one")]
)
def test_entries_of_the_gallery_tell_the_channels(key, channels):
    checkpoint = get_checkpoint(f"seggal-centermask2-{key}")
    values = trained_with(get_method("centermask2"), checkpoint, {})
    assert values == {"window": 256, "channels": channels}


def test_says_what_does_not_fit(shapes, v39, tmp_path):
    state = seeded_state(shapes["V-39"])
    missing = "roi_heads.mask_head.deconv.bias"
    damaged = tmp_path / "less.pth"
    torch.save({"model": {k: v for k, v in state.items() if k != missing}}, damaged)
    with pytest.raises(CheckpointError, match=f"missing: {missing}"):
        load_checkpoint(damaged, DESIGN)
    coco = tmp_path / "coco.pth"
    head = {
        "proposal_generator.fcos_head.cls_logits.weight": torch.zeros(80, 256, 3, 3),
        "proposal_generator.fcos_head.cls_logits.bias": torch.zeros(80),
    }
    torch.save({"model": state | head}, coco)
    with pytest.raises(CheckpointError, match="80 kinds of objects"):
        load_checkpoint(coco, DESIGN)
    other = tmp_path / "other.pth"
    torch.save({"model": {"backbone.conv1.weight": torch.zeros(3)}}, other)
    with pytest.raises(CheckpointError, match="no checkpoint of CenterMask2"):
        load_checkpoint(other, DESIGN)
    renamed = {k.replace("OSA3_1", "OSA3_9"): v for k, v in state.items()}
    torch.save({"model": renamed}, other)
    with pytest.raises(CheckpointError, match="no CenterMask2: it has no"):
        load_checkpoint(other, DESIGN)
    for path in (damaged, coco, other):
        path.unlink()


def test_what_is_trained_here_keeps_its_settings(v39, tmp_path):
    network, _ = load_checkpoint(v39, DESIGN)
    settings = InputSettings.fresh("BGR", ("nucleus",), 2.0, 128)
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, network, "centermask2", settings)
    again, told = load_checkpoint(path, DESIGN)
    assert told == settings
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], weight.half().float())
    save_checkpoint(path, network, "resnest", settings)
    with pytest.raises(CheckpointError, match="of the method resnest"):
        load_checkpoint(path, DESIGN)
