"""The Mix Transformer of SegFormer, with the names that its weights have in MEDIAR's files.

Source: Xie et al. 2021, SegFormer, NeurIPS 34, section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEADS = (1, 2, 5, 8)
"""Of the attention, at each resolution; the same in all Mix Transformers, B0 to B5."""
REDUCTIONS = (8, 4, 2, 1)
"""By how much the map shrinks from which keys and values are made."""
GROWTH = 4
"""Width of the layers between two of a block."""
DROP_PATH = 0.1
"""Share of the images for which the last block is left out in training; 0 for the first block."""


class MixTransformer(nn.Module):
    """Turns an image into maps at a quarter, an eighth, a 16th and a 32nd of its size.

    Parameters
    ----------
    widths
        Channels of the four maps: multiples of `HEADS`.
    depths
        Blocks of each.
    """

    def __init__(self, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        drops = torch.linspace(0, DROP_PATH, sum(depths), device="cpu").tolist()
        before = 3
        for number, (width, depth) in enumerate(zip(widths, depths, strict=True), start=1):
            stage = number - 1
            blocks = [
                _Block(width, HEADS[stage], REDUCTIONS[stage], drops.pop(0)) for _ in range(depth)
            ]
            size = 7 if stage == 0 else 3
            setattr(self, f"patch_embed{number}", _Embedding(before, width, size))
            setattr(self, f"block{number}", nn.ModuleList(blocks))
            setattr(self, f"norm{number}", nn.LayerNorm(width, eps=1e-6))
            before = width

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return the four maps, each (N, width, Y, X).

        Parameters
        ----------
        image : (N, 3, Y, X)
            Y and X are multiples of 32.
        """
        maps, x = [], image
        for number in range(1, len(HEADS) + 1):
            tokens, size = getattr(self, f"patch_embed{number}")(x)
            for block in getattr(self, f"block{number}"):
                tokens = block(tokens, size)
            x = _map_of(getattr(self, f"norm{number}")(tokens), size)
            maps.append(x)
        return maps


class _Embedding(nn.Module):
    """Overlapping patches of a map become tokens."""

    def __init__(self, n_in: int, n_out: int, kernel: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(n_in, n_out, kernel, stride=kernel // 2 + 1, padding=kernel // 2)
        self.norm = nn.LayerNorm(n_out, eps=1e-5)

    def forward(self, x: Tensor) -> tuple[Tensor, torch.Size]:
        x = self.proj(x)
        return self.norm(_tokens_of(x)), x.shape[-2:]


class _Block(nn.Module):
    def __init__(self, width: int, heads: int, reduction: int, drop: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = _Attention(width, heads, reduction)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = _MLP(width)
        self.drop = drop

    def forward(self, tokens: Tensor, size: torch.Size) -> Tensor:
        tokens = tokens + self._dropped(self.attn(self.norm1(tokens), size))
        return tokens + self._dropped(self.mlp(self.norm2(tokens), size))

    def _dropped(self, branch: Tensor) -> Tensor:
        """Leave the branch out for some images, and make up for it in the others."""
        if not (self.training and self.drop):
            return branch
        keep = torch.rand(len(branch), 1, 1, device=branch.device) >= self.drop
        return branch * keep / (1 - self.drop)


class _Attention(nn.Module):
    """Attention whose keys and values come from a smaller map."""

    def __init__(self, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads, self.reduction = heads, reduction
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)
        if reduction > 1:
            self.sr = nn.Conv2d(width, width, reduction, stride=reduction)
            self.norm = nn.LayerNorm(width, eps=1e-5)

    def forward(self, tokens: Tensor, size: torch.Size) -> Tensor:
        seen = tokens
        if self.reduction > 1:
            seen = self.norm(_tokens_of(self.sr(_map_of(tokens, size))))
        keys, values = self.kv(seen).chunk(2, -1)
        q, k, v = (
            x.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for x in (self.q(tokens), keys, values)
        )
        attended = F.scaled_dot_product_attention(q, k, v)
        out: Tensor = self.proj(attended.transpose(1, 2).flatten(2))
        return out


class _MLP(nn.Module):
    """Two linear layers; a convolution of each channel between them tells where a token is."""

    def __init__(self, width: int) -> None:
        super().__init__()
        hidden = GROWTH * width
        self.fc1 = nn.Linear(width, hidden)
        conv = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.dwconv = nn.ModuleDict({"dwconv": conv})
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, tokens: Tensor, size: torch.Size) -> Tensor:
        hidden = self.dwconv["dwconv"](_map_of(self.fc1(tokens), size))
        out: Tensor = self.fc2(F.gelu(_tokens_of(hidden)))
        return out


def _tokens_of(x: Tensor) -> Tensor:
    """Turn (N, C, Y, X) into (N, Y * X, C)."""
    return x.flatten(2).transpose(1, 2)


def _map_of(tokens: Tensor, size: torch.Size) -> Tensor:
    """Turn (N, Y * X, C) into (N, C, Y, X)."""
    return tokens.transpose(1, 2).unflatten(2, size)
