import pytest
import torch

from napari_cellbench.methods.stardist.network import StarDistNet, layer_plan
from napari_cellbench.methods.stardist.settings import StarDistConfig


@pytest.mark.parametrize("grid", [(1, 1), (2, 2), (4, 2), (1, 8)])
@pytest.mark.parametrize(("depth", "per_depth", "after"), [(1, 1, 0), (2, 2, 5), (3, 3, 4)])
def test_outputs_lie_on_the_grid(
    grid: tuple[int, int], depth: int, per_depth: int, after: int
) -> None:
    config = StarDistConfig(2, 7, grid, depth, 2, per_depth, after)
    network = StarDistNet(config)
    assert {name for name, *_ in layer_plan(config)} == set(network.layers)
    height, width = (2 * side for side in config.multiple)
    logits, dist = network(torch.zeros(3, 2, height, width))
    assert logits.shape == (3, 1, height // grid[0], width // grid[1])
    assert dist.shape == (3, 7, height // grid[0], width // grid[1])


def test_the_grid_must_be_of_powers_of_two() -> None:
    with pytest.raises(ValueError, match="powers of two"):
        StarDistConfig(grid=(2, 3))
