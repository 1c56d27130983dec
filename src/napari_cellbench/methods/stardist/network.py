"""The StarDist 2-D network in torch, layer for layer as csbdeep builds it in Keras."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .settings import StarDistConfig


def layer_plan(config: StarDistConfig) -> list[tuple[str, int, int, int]]:
    """List every convolution in the order of the forward pass.

    Layers in front of the U-Net (``pre_*``) carry automatic names in Keras; the others are named
    as csbdeep names them.

    Returns
    -------
    list of (name, channels in, channels out, kernel size in pixels)
    """
    base, depth, per_depth = (
        config.unet_n_filter_base,
        config.unet_n_depth,
        config.unet_n_conv_per_depth,
    )
    plan: list[tuple[str, int, int, int]] = []
    channels = config.n_channel_in

    def conv(name: str, out: int, kernel: int = 3) -> None:
        nonlocal channels
        plan.append((name, channels, out, kernel))
        channels = out

    for i in range(len(pre_pools(config)) * per_depth):
        conv(f"pre_{i}", base)
    skips = []
    for level in range(depth):
        for j in range(per_depth):
            conv(f"down_level_{level}_no_{j}", base * 2**level)
        skips.append(channels)
    for j in range(per_depth - 1):
        conv(f"middle_{j}", base * 2**depth)
    conv(f"middle_{per_depth}", base * 2 ** max(0, depth - 1))
    for level in reversed(range(depth)):
        channels += skips[level]
        for j in range(per_depth - 1):
            conv(f"up_level_{level}_no_{j}", base * 2**level)
        conv(f"up_level_{level}_no_{per_depth}", base * 2 ** max(0, level - 1))
    if config.net_conv_after_unet:
        conv("features", config.net_conv_after_unet)
    features = channels
    plan.append(("prob", features, 1, 1))
    plan.append(("dist", features, config.n_rays, 1))
    return plan


def pre_pools(config: StarDistConfig) -> list[tuple[int, int]]:
    """Return the poolings that bring the image to the grid, in front of the U-Net."""
    pools, done = [], (1, 1)
    while done != config.grid:
        pool = (2 if done[0] < config.grid[0] else 1, 2 if done[1] < config.grid[1] else 1)
        pools.append(pool)
        done = (done[0] * pool[0], done[1] * pool[1])
    return pools


class StarDistNet(nn.Module):
    """U-Net with an object-probability head and a radial-distance head.

    Parameters
    ----------
    config
        Shape of the network.
    """

    def __init__(self, config: StarDistConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleDict(
            {
                name: nn.Conv2d(n_in, n_out, kernel, padding=kernel // 2)
                for name, n_in, n_out, kernel in layer_plan(config)
            }
        )
        for layer in self.layers.values():
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def _block(self, x: Tensor, names: Iterator[str]) -> Tensor:
        for name in names:
            x = F.relu(self.layers[name](x))
        return x

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map normalised images to logits and distances on the grid.

        Parameters
        ----------
        x : (N, C, Y, X) float
            Y and X must be multiples of ``config.multiple``.

        Returns
        -------
        logits : (N, 1, Y / grid, X / grid)
            Object probability before the sigmoid.
        dist : (N, n_rays, Y / grid, X / grid)
            Distance to the boundary along each ray, in pixels of the input.
        """
        per_depth, depth = self.config.unet_n_conv_per_depth, self.config.unet_n_depth
        for i, pool in enumerate(pre_pools(self.config)):
            x = self._block(x, (f"pre_{i * per_depth + j}" for j in range(per_depth)))
            x = F.max_pool2d(x, pool)
        skips = []
        for level in range(depth):
            x = self._block(x, (f"down_level_{level}_no_{j}" for j in range(per_depth)))
            skips.append(x)
            x = F.max_pool2d(x, 2)
        numbers = [*range(per_depth - 1), per_depth]
        x = self._block(x, (f"middle_{j}" for j in numbers))
        for level in reversed(range(depth)):
            x = torch.cat([F.interpolate(x, scale_factor=2, mode="nearest"), skips[level]], 1)
            x = self._block(x, (f"up_level_{level}_no_{j}" for j in numbers))
        if self.config.net_conv_after_unet:
            x = F.relu(self.layers["features"](x))
        return self.layers["prob"](x), self.layers["dist"](x)
