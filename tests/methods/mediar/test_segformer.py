"""Encoders that are published alone: their weights find their places."""

import json

import pytest

torch = pytest.importorskip("torch", reason="needs the mediar extra")

from napari_cellbench.errors import CheckpointError  # noqa: E402
from napari_cellbench.methods import Lesson, TrainingSettings  # noqa: E402
from napari_cellbench.methods.mediar.checkpoint import load_members, read  # noqa: E402
from napari_cellbench.methods.mediar.network import MediarNetwork, MediarShape  # noqa: E402
from napari_cellbench.methods.mediar.segformer import encoder_weights  # noqa: E402
from napari_cellbench.methods.mediar.training import shape_to_learn  # noqa: E402

from ..mmdet.conftest import disc_sample  # noqa: E402
from .small import SmallMediar, small_network  # noqa: E402

SHAPE = MediarShape((16, 32, 80, 128), (1, 2, 1, 1), (64, 32, 24, 16, 16), 16)
"""Of another encoder than the small one's."""


def of_transformers(state):
    """Name an encoder's weights as the library transformers does."""
    found = {}
    for name, weight in state.items():
        stage, _, rest = name.partition(".")
        kind, number = stage[:-1], int(stage[-1]) - 1
        if kind == "patch_embed":
            rest = rest.replace("norm", "layer_norm")
            found[f"segformer.encoder.patch_embeddings.{number}.{rest}"] = weight
        elif kind == "norm":
            found[f"segformer.encoder.layer_norm.{number}.{rest}"] = weight
        else:
            for ours, theirs in {
                "attn.q.": "attention.self.query.",
                "attn.sr.": "attention.self.sr.",
                "attn.norm.": "attention.self.layer_norm.",
                "attn.proj.": "attention.output.dense.",
                ".norm1.": ".layer_norm_1.",
                ".norm2.": ".layer_norm_2.",
                "mlp.fc1.": "mlp.dense1.",
                "mlp.fc2.": "mlp.dense2.",
            }.items():
                rest = rest.replace(ours, theirs)
            both = [rest]
            if "attn.kv." in rest:
                both = [
                    rest.replace("attn.kv", f"attention.self.{one}") for one in ("key", "value")
                ]
            for one, part in zip(both, weight.chunk(len(both)), strict=True):
                found[f"segformer.encoder.block.{number}.{one}"] = part.clone()
    return found


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return MediarNetwork(SHAPE).encoder.state_dict()


@pytest.mark.parametrize("kind", ["original", "transformers"])
def test_names(encoder, kind):
    given = {"classifier.weight": torch.zeros(2), "classifier.bias": torch.zeros(2)}
    given |= encoder if kind == "original" else of_transformers(encoder)
    found = encoder_weights(given)
    for name, weight in encoder.items():
        assert torch.equal(found[f"encoder.{name}"], weight)
    assert shape_to_learn(found, SmallMediar().shape) == (SHAPE, False)


def test_names_of_a_whole_network_stay():
    state = small_network().state_dict()
    assert encoder_weights(state) == state
    assert shape_to_learn(state, SHAPE) == (SmallMediar().shape, True)


def test_training_starts_from_an_encoder(encoder, tmp_path):
    path, run = tmp_path / "mit.pth", tmp_path / "run"
    torch.save(of_transformers(encoder), path)
    with pytest.raises(CheckpointError, match="it has no decoder"):
        load_members(path)
    few = TrainingSettings(steps=1, batch=1, patch=64, learning_rate=1e-9)
    trained = SmallMediar().train(Lesson([disc_sample(0)], "nucleus", few, run, path))
    report = json.loads((run / "start.json").read_text("utf-8"))
    assert not report["unexpected"]
    assert not report["reshaped"]
    assert all(not name.startswith("encoder.") for name in report["missing"])
    found = read(trained)
    # New to cells: their edges are left out.
    assert found.settings.edge == 1
    weight = found.state["encoder.block2.1.attn.kv.weight"]
    torch.testing.assert_close(weight, encoder["block2.1.attn.kv.weight"], rtol=1e-3, atol=1e-4)
