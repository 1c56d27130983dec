import numpy as np
import pytest
import torch
from stardist.geometry import star_dist

from napari_cellbench.methods.stardist.settings import StarDistConfig
from napari_cellbench.methods.stardist.views import View, restore, show, symmetries


def blobs(shape: tuple[int, int]) -> np.ndarray:
    """Ellipses of several sizes and angles, some cut by the edge."""
    rng = np.random.default_rng(0)
    labels = np.zeros(shape, np.uint16)
    ys, xs = np.indices(shape)
    for i in range(1, 12):
        y, x, angle = rng.uniform(0, shape[0]), rng.uniform(0, shape[1]), rng.uniform(0, np.pi)
        along = (ys - y) * np.sin(angle) + (xs - x) * np.cos(angle)
        across = (ys - y) * np.cos(angle) - (xs - x) * np.sin(angle)
        labels[(along / rng.uniform(8, 20)) ** 2 + (across / rng.uniform(5, 8)) ** 2 < 1] = i
    return labels


@pytest.mark.parametrize(
    ("config", "count"),
    [
        (StarDistConfig(grid=(1, 1), unet_n_depth=2), 8),
        (StarDistConfig(grid=(2, 2)), 8),
        (StarDistConfig(grid=(4, 2), unet_n_depth=2), 4),
        (StarDistConfig(n_rays=30, unet_n_depth=2), 4),
        (StarDistConfig(n_rays=33, unet_n_depth=2), 2),
    ],
    ids=lambda value: "" if isinstance(value, int) else f"{value.grid}-{value.n_rays}",
)
def test_star_polygons_of_a_view_are_those_of_the_image(config: StarDistConfig, count: int) -> None:
    """The reference is stardist's own geometry, on the labels and on the turned labels."""
    labels = blobs((96, 160))
    expected = star_dist(labels, config.n_rays, grid=config.grid).transpose(2, 0, 1)
    ys, xs = (slice(None, None, g) for g in config.grid)
    views = symmetries(config)
    assert len(set(views)) == count
    for view in views:
        turned = show(torch.from_numpy(labels.astype(np.float32))[None, None], view, config)
        assert all(n % m == 0 for n, m in zip(turned.shape[2:], config.multiple, strict=True))
        seen = turned[0, 0].numpy().astype(np.uint16)
        dist = star_dist(seen, config.n_rays, grid=config.grid).transpose(2, 0, 1)
        there, back = restore(
            torch.from_numpy(seen[None, None, ys, xs].astype(np.float32)),
            torch.from_numpy(dist[None]),
            view,
            config,
            expected.shape[1:],
        )
        np.testing.assert_array_equal(there[0, 0], labels[ys, xs])
        # Rays step by a pixel, and objects go on in the reflected margin.
        inner = np.s_[:, 10:-10, 10:-10]
        assert np.abs(back[0].numpy() - expected)[inner].mean() < 0.05
        if view == View():
            np.testing.assert_array_equal(back[0], expected)
