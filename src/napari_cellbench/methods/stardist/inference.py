"""Runs a StarDist network over an image of any size, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..base import Progress
from ..shared.forward import each_layer, share
from .network import StarDistNet, layer_plan, pre_pools
from .settings import StarDistConfig
from .views import PLAIN, View, restore, show

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

BLOCK = 1024
"""Largest side, in pixels, of what one pass of the network keeps: it bounds the memory."""

SMALLEST_DISTANCE = 1e-3
"""Radial distances are at least this, in pixels, as in StarDist: polygons need an area."""

Span = tuple[slice, slice]
"""What the network sees of an axis, and what is kept of it; in pixels."""

Block = tuple[Span, Span]
"""Along y and along x."""


def reach(config: StarDistConfig) -> tuple[int, int]:
    """Return how far the input acts on the output, in pixels a side, rounded up for alignment.

    Each 3 x 3 convolution reaches as far as the pooling in front of it has stretched a pixel.
    """
    halo = np.zeros(2, int)
    pools = np.cumprod([(1, 1), *pre_pools(config)], axis=0)
    for name, _, _, kernel in layer_plan(config):
        kind, _, number = name.partition("_")
        if kind == "pre":
            stride = pools[int(number) // config.unet_n_conv_per_depth]
        elif kind in ("down", "up"):
            stride = pools[-1] * 2 ** int(name.split("_")[2])
        else:
            stride = pools[-1] * (2**config.unet_n_depth if kind == "middle" else 1)
        halo += kernel // 2 * stride
    # A pooled pixel spans up to one multiple more than its centre's reach.
    y, x = (
        -(-(side + multiple) // multiple) * multiple
        for side, multiple in zip(halo.tolist(), config.multiple, strict=True)
    )
    return y, x


def cut(length: int, largest: int, multiple: int, halo: int) -> list[Span]:
    """Cut an axis into blocks of nearly equal size.

    Parameters
    ----------
    length
        Pixels, divisible by `multiple`.
    largest
        Most pixels of a block, its halo not counted.
    multiple, halo
        Blocks start and end at multiples; each sees `halo` pixels more on both sides.

    Returns
    -------
    list of (seen, kept)
        What the network sees, and what is kept of it, both as slices of the axis.
    """
    count = -(-length // largest)
    ends = np.linspace(0, length // multiple, count + 1).astype(int) * multiple
    return [
        (slice(max(0, start - halo), min(length, stop + halo)), slice(start, stop))
        for start, stop in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]


def blocks(shape: tuple[int, ...], config: StarDistConfig, largest: int) -> list[Block]:
    """Cut a padded image into blocks; see `cut`."""
    axes = zip(shape, config.multiple, reach(config), strict=True)
    ys, xs = (cut(length, largest, multiple, halo) for length, multiple, halo in axes)
    return list(product(ys, xs))


def pad(image: NDArray[np.float32], config: StarDistConfig) -> NDArray[np.float32]:
    """Reflect a (C, Y, X) image at its lower and right edge, as StarDist does, to fit the network.

    Returns
    -------
    (C, Y', X')
        Y' and X' are multiples of ``config.multiple``.
    """
    missing = [-side % m for side, m in zip(image.shape[1:], config.multiple, strict=True)]
    return np.pad(image, ((0, 0), (0, missing[0]), (0, missing[1])), mode="reflect")


@torch.inference_mode()
def predict_maps(
    network: StarDistNet,
    image: NDArray[np.float32],
    parts: Sequence[Block],
    progress: Progress,
    views: Sequence[View] = PLAIN,
) -> Iterator[tuple[tuple[int, int], Tensor, Tensor]]:
    """Predict probability and distances block by block, in full float32 precision.

    Parameters
    ----------
    network
        On the device that is to be used.
    image : (C, Y, X)
        Normalised and padded.
    parts
        The image's blocks.
    progress
        Called after each layer of each view of each block.
    views
        Symmetries over which the outputs are averaged (the probability's before the sigmoid).

    Yields
    ------
    origin : (y, x)
        Of the block, in cells of the grid.
    prob : (h, w)
        Object probability, on the network's device.
    dist : (n_rays, h, w)
        Distances to the boundary in pixels, on the network's device.
    """
    grid = network.config.grid
    device = next(network.parameters()).device
    for number, spans in enumerate(parts):
        (seen_y, kept_y), (seen_x, kept_x) = spans
        seen = torch.from_numpy(np.ascontiguousarray(image[None, :, seen_y, seen_x])).to(device)
        rows, columns = (side // g for side, g in zip(seen.shape[2:], grid, strict=True))
        logits, dist = seen.new_zeros(()), seen.new_zeros(())
        for done, view in enumerate(views):
            now = share(progress, number * len(views) + done, len(parts) * len(views))
            exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
            with exact, each_layer(network, now):
                found = network(show(seen, view, network.config))
            found = restore(found[0], found[1], view, network.config, (rows, columns))
            logits, dist = logits + found[0] / len(views), dist + found[1] / len(views)
        y, x = (
            slice((kept.start - seen.start) // g, (kept.stop - seen.start) // g)
            for (seen, kept), g in zip(spans, grid, strict=True)
        )
        origin = kept_y.start // grid[0], kept_x.start // grid[1]
        yield (
            origin,
            torch.sigmoid(logits[0, 0, y, x]),
            dist[0, :, y, x].clamp_min(SMALLEST_DISTANCE),
        )
