import pytest
import torch

from napari_cellbench.methods.detectron2.layers import NormedConv, norm_layer, norm_of
from napari_cellbench.methods.detectron2.pyramid import ConvTop, PoolTop, Pyramid


@pytest.mark.parametrize("norm", ["frozen", "batch", "group"])
def test_the_kind_of_norm_is_told_by_its_weights(norm):
    state = NormedConv(3, 8, 3, norm).state_dict()
    assert norm_of(state, "norm") == norm
    assert "weight" in state
    assert "bias" not in state


def test_a_frozen_norm_learns_nothing():
    layer = norm_layer("frozen", 4).train()
    x = torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(layer(x), x, rtol=1e-4, atol=1e-4)
    assert not list(layer.parameters())
    torch.testing.assert_close(layer.running_mean, torch.zeros(4))


def test_groups_of_a_map_of_one_pixel():
    for channels in (2, 8, 16, 48, 160, 256):
        found = norm_layer("group", channels).train()(torch.randn(1, channels, 1, 1))
        assert found.isfinite().all()
        assert found.any()


class Stages(torch.nn.Module):
    """Maps of 1, each with a stride twice that of the one before."""

    def forward(self, x):
        sides = [side // 4 for side in x.shape[2:]]
        return [torch.ones(1, 1, sides[0] >> i, sides[1] >> i) for i in range(3)]


def test_a_pyramid_sums_the_coarser_maps():
    pyramid = Pyramid(Stages(), {2: 1, 3: 1, 4: 1}, 1, None, PoolTop())
    for layer in pyramid.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.dirac_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    maps = pyramid(torch.zeros(1, 3, 32, 48))
    assert [tuple(one.shape[2:]) for one in maps] == [(8, 12), (4, 6), (2, 3), (1, 2)]
    assert [one.unique().tolist() for one in maps] == [[3], [2], [1], [1]]


def test_two_coarser_maps_by_convolutions():
    top = ConvTop(4)
    x = torch.randn(1, 4, 7, 5)
    p6, p7 = top(x)
    assert (p6.shape[2:], p7.shape[2:]) == ((4, 3), (2, 2))
    torch.testing.assert_close(p7, top.p7(p6.clamp(min=0)))
