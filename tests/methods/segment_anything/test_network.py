"""Which checkpoints load, as what, and which are refused."""

import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
segment_anything = pytest.importorskip("segment_anything")

from napari_cellbench.checkpoints import get_checkpoint  # noqa: E402
from napari_cellbench.data.samples import demo_sample  # noqa: E402
from napari_cellbench.data.statistics import ExactStatistics  # noqa: E402
from napari_cellbench.errors import CheckpointError  # noqa: E402
from napari_cellbench.methods.segment_anything.network import (  # noqa: E402
    TinyViTEncoder,
    load_sam,
)
from napari_cellbench.methods.segment_anything.prompter import Prompter  # noqa: E402
from napari_cellbench.prompting.prompts import Prompt  # noqa: E402


@pytest.mark.parametrize("variant", ["vit_b", "vit_l", "vit_h"])
def test_official_variant_is_told_by_its_shapes(variant, tmp_path):
    with torch.device("meta"):
        official = segment_anything.sam_model_registry[variant]()
    state = {n: torch.zeros(w.shape, dtype=torch.half) for n, w in official.state_dict().items()}
    torch.save(state, tmp_path / "any_name.bin")
    loaded = load_sam(tmp_path / "any_name.bin")
    ours, theirs = loaded.image_encoder.blocks, official.image_encoder.blocks
    assert [b.window_size for b in ours] == [b.window_size for b in theirs]
    assert [b.attn.num_heads for b in ours] == [b.attn.num_heads for b in theirs]
    assert not loaded.training
    assert loaded.pixel_mean.flatten().tolist() == pytest.approx([123.675, 116.28, 103.53])


def test_weights_arrive_in_float32(small_sam, tmp_path):
    state = torch.load(small_sam, weights_only=True)
    torch.save({n: w.half() for n, w in state.items()}, tmp_path / "half.pt")
    for name, weight in load_sam(tmp_path / "half.pt").state_dict().items():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, state[name].half().float())


def test_mobile_sam(shared):
    network = load_sam(shared / "weights" / "mobile_sam.pt")
    assert isinstance(network.image_encoder, TinyViTEncoder)


def test_mobile_sam_without_its_classifier_is_the_same(shared):
    published = load_sam(shared / "weights" / "mobile_sam.pt").state_dict()
    bundled = load_sam(get_checkpoint("mobile-sam").path).state_dict()
    assert list(bundled) == list(published)
    for name, weight in bundled.items():
        wanted = published[name]
        wanted = wanted.half().float() if wanted.is_floating_point() else wanted
        assert torch.equal(weight, wanted)


def test_half_precision_finds_the_same_cells(shared):
    sample = demo_sample()
    image = np.ascontiguousarray(sample.image[:, :256, :256])
    truth = sample.truth["nucleus"].labels[:256, :256]
    clicks = [
        Prompt.click(*np.argwhere(truth == cell).mean(0)) for cell in np.unique(truth)[1:][:12]
    ]
    found = []
    for path in (shared / "weights" / "mobile_sam.pt", get_checkpoint("mobile-sam").path):
        prompter = Prompter(load_sam(path))
        embedding = prompter.embed(image, sample.roles, ExactStatistics(image))
        found.append([prompter.ask(embedding, click)[0].whole(truth.shape) for click in clicks])
    same = [(a & b).sum() / max(1, (a | b).sum()) for a, b in zip(*found, strict=True)]
    assert np.mean(same) > 0.97


def test_refused(small_sam, tmp_path):
    state = torch.load(small_sam, weights_only=True)
    token = "mask_decoder.iou_token.weight"
    cases = [
        ({"W2": torch.zeros(3)}, "not a checkpoint of Segment Anything"),
        ({n: w for n, w in state.items() if n != token}, f"{token} is missing where"),
        (state | {token: torch.zeros(2, 256)}, rf"{token} is \(2, 256\) where \(1, 256\)"),
        (state | {"mask_decoder.hf_token.weight": torch.zeros(1, 256)}, "HQ-SAM"),
    ]
    for content, says in cases:
        torch.save(content, tmp_path / "other.pt")
        with pytest.raises(CheckpointError, match=says):
            load_sam(tmp_path / "other.pt")


def test_file_that_would_run_code(tmp_path):
    class Malicious:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    (tmp_path / "evil.pt").write_bytes(pickle.dumps(Malicious(), protocol=2))
    with pytest.raises(CheckpointError):
        load_sam(tmp_path / "evil.pt")
    assert not (tmp_path / "ran").exists()
