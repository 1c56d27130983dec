"""FeatureNet in torch, layer for layer as DeepCell describes ``bn_feature_net_skip_2D``.

Source: Van Valen et al. 2016, PLoS Comput. Biol. 12; skips and edges as in Moen et al. 2019.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import batch_norm, conv

FIELD = 61
"""Receptive field of a block, and side of the window of the normalisation, in pixels."""
PLAN = ((4, 1), (3, 1), (3, 2), (3, 2), (3, 4), (3, 4), (4, 8))
"""Kernel and dilation of each convolution of a block."""
POOLS = {1: 1, 3: 2, 5: 4}
"""Dilation of the pooling after a convolution, by its number."""
CLASSES = (2, 4)
"""Of the foreground (background, foreground) and of the edges."""
FOREGROUND, INTERIOR = 1, 2
"""Which class is which."""


def normalise(x: Tensor) -> Tensor:
    """Subtract a local mean and divide by a local deviation.

    The window's weights are those of DeepCell, 1 / (61 * 61 * C): with C = 2 channels the "mean" is
    half the mean. The weights were trained with that.

    Parameters
    ----------
    x : (N, C, Y, X)

    Returns
    -------
    (N, C, Y, X)
    """

    def blurred(y: Tensor) -> Tensor:
        rows = F.avg_pool2d(y, (FIELD, 1), 1, (FIELD // 2, 0))
        return F.avg_pool2d(rows, (1, FIELD), 1, (0, FIELD // 2)) / x.shape[1]

    above = x - blurred(x)
    variance = blurred(above**2) - blurred(above) ** 2
    # Rounding leaves less than nothing where all is even.
    return above / (variance.clamp(min=0).sqrt() + 1e-7)


class Block(nn.Module):
    """Convolutions whose dilation grows, so that each pixel's answer comes from 61 x 61 pixels."""

    def __init__(self, channels: int, classes: int, filters: int, dense: int) -> None:
        super().__init__()
        widths = [channels, *[filters] * (len(PLAN) - 1), dense]
        self.convs = nn.ModuleList(
            conv(n_in, n_out, kernel, dilation=dilation)
            for n_in, n_out, (kernel, dilation) in zip(widths[:-1], widths[1:], PLAN, strict=True)
        )
        self.norms = nn.ModuleList(batch_norm(width) for width in (*widths[1:], dense))
        self.dense = conv(dense, dense)
        self.classify = conv(dense, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, Y, X) to probabilities of classes, (N, K, Y, X)."""
        x = F.pad(x, (FIELD // 2,) * 4, mode="reflect")
        for number, layer in enumerate(self.convs):
            x = F.relu(self.norms[number](layer(x)))
            if number in POOLS:
                x = F.max_pool2d(x, 2, 1, dilation=POOLS[number])
        x = F.relu(self.norms[-1](self.dense(x)))
        return self.classify(x).float().softmax(1)


class SkipNetwork(nn.Module):
    """Two blocks; the second is shown the first one's answer."""

    def __init__(self, channels: int, seen: int, classes: int, filters: int, dense: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(channels + more, classes, filters, dense) for more in (seen, classes)
        )

    def forward(self, x: Tensor, seen: Sequence[Tensor] = ()) -> list[Tensor]:
        """Return both blocks' probabilities; only the first sees what else is given."""
        first = self.blocks[0](torch.cat([x, *seen], 1))
        return [first, self.blocks[1](torch.cat([x, first], 1))]


class FeatureNetNetwork(nn.Module):
    """The networks of foreground and edges.

    Parameters
    ----------
    channels
        Of the input.
    filters, dense
        Channels of the convolutions, and of the last ones.
    has_inner
        Whether the edges come with a foreground network of their own: DeepCell's file of the edges
        holds one, which may be the same.
    """

    def __init__(
        self, channels: int, filters: int = 32, dense: int = 128, *, has_inner: bool = False
    ) -> None:
        super().__init__()
        self.channels = channels
        self.foreground = SkipNetwork(channels, 0, CLASSES[0], filters, dense)
        inner = SkipNetwork(channels, 0, CLASSES[0], filters, dense) if has_inner else None
        self.inner = inner
        self.edges = SkipNetwork(channels, CLASSES[0], CLASSES[1], filters, dense)
        if inner is not None:
            inner.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> FeatureNetNetwork:
        """Set whether it is trained; the edges' own foreground network never is."""
        super().train(mode)
        if self.inner is not None:
            self.inner.eval()
        return self

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Map prepared images to probabilities.

        Parameters
        ----------
        x : (N, C, Y, X)
            Y and X more than 30 pixels.

        Returns
        -------
        foreground, edges : lists of (N, 2, Y, X) and of (N, 4, Y, X)
            Of both blocks of each network; the last one counts.
        """
        normalised = normalise(x)
        foreground = self.foreground(normalised)
        seen = foreground if self.inner is None else self.inner(normalised)
        # What the edges learn doesn't change the foreground.
        return foreground, self.edges(normalised, [seen[-1].detach()])
