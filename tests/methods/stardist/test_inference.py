import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.methods.stardist.inference import blocks, cut, pad, predict_maps, reach
from napari_cellbench.methods.stardist.network import StarDistNet
from napari_cellbench.methods.stardist.settings import StarDistConfig
from napari_cellbench.methods.stardist.views import symmetries

CONFIGS = [
    StarDistConfig(unet_n_depth=1, unet_n_filter_base=2, net_conv_after_unet=2, grid=grid)
    for grid in ((1, 1), (2, 2), (1, 4))
]


def ignore(current: int, maximum: int) -> None:
    """Nobody follows."""


@given(
    count=st.integers(1, 60),
    multiple=st.sampled_from([1, 4, 16]),
    largest=st.integers(1, 8),
    halo=st.integers(0, 3),
)
def test_cut_covers_the_axis_once(count: int, multiple: int, largest: int, halo: int) -> None:
    length, largest, halo = count * multiple, largest * multiple, halo * multiple
    spans = cut(length, largest, multiple, halo)
    kept = [i for _, keep in spans for i in range(keep.start, keep.stop)]
    assert kept == list(range(length))
    for seen, keep in spans:
        assert keep.stop - keep.start <= largest
        assert seen.start % multiple == seen.stop % multiple == 0
        assert keep.start - seen.start == min(halo, keep.start)
        assert seen.stop - keep.stop == min(halo, length - keep.stop)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: str(c.grid))
def test_blocks_give_what_one_pass_gives(config: StarDistConfig) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = StarDistNet(config).eval()
    image = np.random.default_rng(0).random((1, 120, 160), np.float32)
    image = pad(image, config)
    [(_, prob, dist)] = predict_maps(network, image, blocks(image.shape[1:], config, 1024), ignore)
    parts = blocks(image.shape[1:], config, 48)
    assert len(parts) > 6
    for (y, x), part_prob, part_dist in predict_maps(network, image, parts, ignore):
        ys, xs = slice(y, y + part_prob.shape[0]), slice(x, x + part_prob.shape[1])
        torch.testing.assert_close(part_prob, prob[ys, xs], rtol=0, atol=1e-6)
        torch.testing.assert_close(part_dist, dist[:, ys, xs], rtol=0, atol=1e-5)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: str(c.grid))
def test_nothing_acts_beyond_the_reach(config: StarDistConfig) -> None:
    """The gradient of one output cell vanishes outside, and doesn't well inside."""
    network = StarDistNet(config)
    for name, parameter in network.named_parameters():
        torch.nn.init.constant_(parameter, 0.1 if name.endswith("weight") else 0.0)
    image = torch.ones(1, 1, 256, 256, requires_grad=True)
    logits, _ = network(image)
    cell = [side // 2 for side in logits.shape[2:]]
    logits[0, 0, cell[0], cell[1]].backward()
    assert image.grad is not None
    acting = np.argwhere(image.grad[0, 0].numpy() != 0)
    centre = np.array(cell) * config.grid
    farthest = np.abs(acting - centre).max(0)
    assert (farthest <= reach(config)).all()
    assert (farthest + 3 * np.array(config.multiple) >= reach(config)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (17, 3), (64, 64), (65, 63)])
def test_pad_reflects_at_the_end(shape: tuple[int, int]) -> None:
    config = StarDistConfig()
    image = np.random.default_rng(0).random((2, *shape), np.float32)
    padded = pad(image, config)
    assert all(side % m == 0 for side, m in zip(padded.shape[1:], config.multiple, strict=True))
    np.testing.assert_array_equal(padded[:, : shape[0], : shape[1]], image)
    if shape == (65, 63):
        np.testing.assert_array_equal(padded[:, 65:70], padded[:, 63:58:-1])


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: str(c.grid))
def test_views_are_averaged_and_reported(config: StarDistConfig) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = StarDistNet(config).eval()
    torch.nn.init.constant_(network.layers["dist"].bias, 10)  # far from the smallest distance
    image = pad(np.random.default_rng(0).random((1, 40, 70), np.float32), config)
    parts, views, steps = blocks(image.shape[1:], config, 1024), symmetries(config), []
    maps = predict_maps(network, image, parts, lambda *step: steps.append(step), views)
    [(_, prob, dist)] = maps
    alone = [predict_maps(network, image, parts, ignore, [view]) for view in views]
    probs, dists = zip(*((p, d) for one in alone for _, p, d in one), strict=True)
    torch.testing.assert_close(
        torch.logit(prob), torch.stack(list(map(torch.logit, probs))).mean(0)
    )
    torch.testing.assert_close(dist, torch.stack(dists).mean(0), atol=2e-3, rtol=0)
    fractions = [current / maximum for current, maximum in steps]
    assert {i / len(views) for i in range(1, len(views) + 1)} <= set(fractions)
    assert fractions == sorted(fractions)
    assert len(fractions) >= 10 * len(views)
