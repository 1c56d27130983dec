"""Progress within a forward pass."""

import pytest
import torch
from torch import nn

from napari_cellbench.errors import Cancelled
from napari_cellbench.methods.shared.forward import each_layer, share


@pytest.fixture
def network():
    """Three layers, of which the last is passed three times."""

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
            self.last = nn.Linear(4, 4)

        def forward(self, x):
            return self.last(self.last(self.last(self.first(x))))

    return Twice()


def fractions_of(network):
    seen = []
    with each_layer(network, lambda *step: seen.append(step)):
        network(torch.zeros(1, 4))
    return [current / maximum for current, maximum in seen]


def test_moves_with_each_layer_and_ends_when_all_is_done(network):
    first = fractions_of(network)
    assert first == [1 / 3, 2 / 3, 2 / 3, 2 / 3, 2 / 3, 1]
    # The second time it is known how many there are.
    assert fractions_of(network) == [0.2, 0.4, 0.6, 0.8, 0.8, 1]


def test_is_cancelled_within_the_pass_and_leaves_no_hook(network):
    calls = []

    def stop(*step):
        calls.append(step)
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled), each_layer(network, stop):
        network(torch.zeros(1, 4))
    assert len(calls) == 1
    assert not any(layer._forward_hooks for layer in network.modules())
    assert fractions_of(network)[0] == 1 / 3


@pytest.mark.parametrize("maximum", [0, 1, 7])
def test_parts_share_the_whole(maximum):
    seen = []
    for number in range(4):
        report = share(lambda *step: seen.append(step), number, 4)
        report(0, maximum)
        report(maximum, maximum)
    fractions = [current / whole for current, whole in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == (1 if maximum else 0.75)
