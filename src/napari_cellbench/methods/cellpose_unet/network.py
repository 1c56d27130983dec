"""The residual U-Net of Cellpose 1-3, with the state-dict names that its checkpoints have."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def _norm_conv(n_in: int, n_out: int, kernel: int, *, relu: bool = True) -> nn.Sequential:
    norm = nn.BatchNorm2d(n_in, eps=1e-5, momentum=0.05)
    conv = nn.Conv2d(n_in, n_out, kernel, padding=kernel // 2)
    return nn.Sequential(norm, nn.ReLU(), conv) if relu else nn.Sequential(norm, conv)


class _StyledConv(nn.Module):
    """A convolution whose input is shifted by a projection of the style vector."""

    def __init__(self, n_in: int, n_out: int, n_style: int) -> None:
        super().__init__()
        self.conv = _norm_conv(n_in, n_out, 3)
        self.full = nn.Linear(n_style, n_out)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        out: Tensor = self.conv(x + self.full(style)[:, :, None, None])
        return out


class _Down(nn.Module):
    """Four convolutions with two residual connections, at one resolution of the encoder."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.conv = nn.ModuleDict(
            {f"conv_{i}": _norm_conv(n_in if i == 0 else n_out, n_out, 3) for i in range(4)}
        )
        self.proj = _norm_conv(n_in, n_out, 1, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        conv = self.conv
        x = self.proj(x) + conv["conv_1"](conv["conv_0"](x))
        return x + conv["conv_3"](conv["conv_2"](x))


class _Up(nn.Module):
    """The decoder's counterpart of `_Down`, styled and with the encoder's features added."""

    def __init__(self, n_in: int, n_out: int, n_style: int) -> None:
        super().__init__()
        self.conv = nn.ModuleDict({"conv_0": _norm_conv(n_in, n_out, 3)})
        for i in (1, 2, 3):
            self.conv[f"conv_{i}"] = _StyledConv(n_out, n_out, n_style)
        self.proj = _norm_conv(n_in, n_out, 1, relu=False)

    def forward(self, x: Tensor, skip: Tensor, style: Tensor) -> Tensor:
        conv = self.conv
        x = self.proj(x) + conv["conv_1"](conv["conv_0"](x) + skip, style)
        return x + conv["conv_3"](conv["conv_2"](x, style), style)


class CellposeUNet(nn.Module):
    """Network that predicts flows and cell probability (Stringer et al. 2021, Nat. Methods 18).

    Parameters
    ----------
    widths
        Channels of the input and of each resolution; Cellpose's own is ``(2, 32, 64, 128, 256)``.
    diam_mean
        Diameter in pixels to which objects are rescaled before the network sees them.
    diam_labels
        Mean diameter in pixels of the objects in the training images, before rescaling.
    """

    def __init__(
        self,
        widths: Sequence[int] = (2, 32, 64, 128, 256),
        diam_mean: float = 30.0,
        diam_labels: float = 30.0,
    ) -> None:
        super().__init__()
        self.widths = tuple(widths)
        down = {f"res_down_{i}": _Down(widths[i], widths[i + 1]) for i in range(len(widths) - 1)}
        decoder = [*widths[1:], widths[-1]]
        up = {
            f"res_up_{i}": _Up(decoder[i + 1], decoder[i], widths[-1])
            for i in range(len(decoder) - 1)
        }
        self.downsample = nn.ModuleDict({"down": nn.ModuleDict(down)})
        self.upsample = nn.ModuleDict({"up": nn.ModuleDict(up)})
        self.output = _norm_conv(widths[1], 3, 1)
        self.diam_mean = nn.Parameter(torch.tensor([float(diam_mean)]), requires_grad=False)
        self.diam_labels = nn.Parameter(torch.tensor([float(diam_labels)]), requires_grad=False)

    @property
    def multiple(self) -> int:
        """Heights and widths that the network takes must be multiples of this, in pixels."""
        return int(2 ** (len(self.widths) - 2))

    def forward(self, x: Tensor) -> Tensor:
        """Map normalised images to flows and cell probability.

        Parameters
        ----------
        x : (N, C, Y, X) float
            Y and X must be multiples of `multiple`.

        Returns
        -------
        (N, 3, Y, X) float
            Flow along Y and X, each five times the unit vector to the cell's centre, and the
            logit of the cell probability.
        """
        features: list[Tensor] = []
        for down in self.downsample["down"].values():
            features.append(down(F.max_pool2d(features[-1], 2) if features else x))
        style = features[-1].mean((2, 3))
        style = style / style.square().sum(1, keepdim=True).sqrt()
        y = features[-1]
        for i, up in enumerate(reversed(self.upsample["up"].values())):
            if i:
                y = F.interpolate(y, scale_factor=2, mode="nearest")
            y = up(y, features[-1 - i], style)
        out: Tensor = self.output(y)
        return out
