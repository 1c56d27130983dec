from pathlib import Path

import pytest
import torch
from torch import nn

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.shared.filling import built


def test_a_few_weights_cannot_ask_for_all_memory():
    """Terabytes, which a file of three numbers promises."""
    state = {"weight": torch.zeros(3)}
    with pytest.raises(CheckpointError, match="of another shape: weight"):
        built(lambda: nn.Linear(10**6, 10**6), state, Path("small.h5"))


def test_weights_are_put_in_their_places():
    weights = nn.Linear(3, 2).state_dict()
    network = built(lambda: nn.Linear(3, 2), weights, Path("own.h5"))
    assert not network.training
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(weight, weights[name])
