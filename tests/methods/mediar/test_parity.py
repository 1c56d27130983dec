"""The same numbers and cells as MEDIAR's own network and post-processing."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the mediar extra")

from napari_cellbench.methods.mediar.flows import (  # noqa: E402
    FLOW_SCALE,
    STILL,
    flows_to_labels,
    labels_to_flows,
)
from napari_cellbench.methods.mediar.network import MediarNetwork, MediarShape  # noqa: E402
from napari_cellbench.methods.mediar.training import FLOW_SHARE, losses  # noqa: E402

from .conftest import seeded  # noqa: E402


@pytest.fixture(scope="module")
def network(shapes):
    """The published network, of the size that follows from its weights."""
    state = {key: torch.from_numpy(seeded(key, shape)) for key, shape in shapes.items()}
    assert MediarShape.of(state) == MediarShape()
    with torch.device("meta"):
        network = MediarNetwork(MediarShape.of(state))
    network.load_state_dict(state, assign=True)
    return network.eval()


def assert_close(found, expected):
    """Compare to 1e-5 of the largest number: small ones are sums of large ones."""
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_network(network, official):
    image = torch.from_numpy(official["x"])
    with torch.inference_mode():
        maps = network.encoder(image)
        for number, found in enumerate(maps, start=2):
            expected = official[f"encoder_{number}"]
            assert_close(found[:, : expected.shape[1]], expected)
        decoded, expected = network.decoder(maps), official["decoder_first8"]
        assert_close(decoded[:, : expected.shape[1]], expected)
        assert_close(network(image), official["y"])


def test_flows_of_labels(official):
    found, expected = labels_to_flows(official["labels"]), official["flows"]
    # In its very middle a symmetric cell has no direction but that of rounding.
    even = (np.abs(found - expected) > 1e-4).any(0)
    assert even.sum() <= 1
    np.testing.assert_allclose(found[:, ~even], expected[:, ~even], atol=1e-4)


def test_cells_of_flows(official):
    flows, inside = official["dP"], official["cellprob"] > 0.5
    found = flows_to_labels(flows, inside, steps=200, flow_threshold=0.4)
    expected = official["masks"]
    # MEDIAR leaves these out; here they belong to the cell that they lead to.
    still = inside & (np.abs(flows[0] / FLOW_SCALE) <= STILL)
    assert still.sum() < 20
    assert not expected[still].any()
    found[still] = 0
    # The same cells, which have other numbers: MEDIAR's have gaps.
    pairs = np.unique(np.stack([found.ravel(), expected.ravel()]), axis=1)
    assert found.max() > 40
    assert pairs.shape[1] == len(np.unique(expected)) == len(np.unique(found))
    np.testing.assert_array_equal(found > 0, expected > 0)


def test_losses(official):
    logits = torch.from_numpy(official["loss_outputs_cellprob_logit"])[None, None].double()
    output = torch.cat([torch.from_numpy(official["dP"])[None].double(), logits], 1)
    flows = torch.from_numpy(official["flows"])[None].double()
    cells = torch.from_numpy(official["labels"] > 0)[None, None].double()
    entropy, error = losses(output, flows, cells, torch.ones_like(cells))
    assert float(entropy) == pytest.approx(float(official["loss_cellprob"]), rel=1e-5)
    assert FLOW_SHARE * float(error) == pytest.approx(float(official["loss_flow"]), rel=1e-5)
