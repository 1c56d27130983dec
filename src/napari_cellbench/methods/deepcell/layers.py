"""Layers as Keras has them."""

from __future__ import annotations

from torch import nn

EPSILON = 1e-3
"""What Keras' batch normalisation adds to the variance, if nothing else is said."""


def conv(channels: int, out: int, kernel: int = 1, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    """Return a convolution with a bias that needs no padding; he_normal, as DeepCell draws it."""
    layer = nn.Conv2d(channels, out, kernel, stride, dilation=dilation)
    nn.init.kaiming_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def same_conv(channels: int, out: int, kernel: int = 3) -> nn.Conv2d:
    """Return a convolution of odd kernel and stride 1 whose output has the input's size."""
    layer = conv(channels, out, kernel)
    layer.padding = (kernel // 2, kernel // 2)
    return layer


def batch_norm(channels: int, epsilon: float = EPSILON) -> nn.BatchNorm2d:
    """Return batch normalisation.

    Its statistics follow torch's momentum of 0.1 where Keras' 0.99 would be 0.01 here: after the
    few hundred steps of a short run those would still remember how they began.
    """
    return nn.BatchNorm2d(channels, epsilon)
