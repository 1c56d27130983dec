"""Make a very small Cellpose-SAM that finds drawn cells, for tests.

The real one has 305 million weights. This one has cellpose's own architecture around an image
encoder of two narrow blocks, whose weights are random but for two: the patch embedding keeps the
pixels, and the readout is fitted to drawn cells by least squares, in seconds::

    python tests/references/make_cellpose_sam.py
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from cellpose import vit
from scipy.ndimage import center_of_mass
from segment_anything.modeling import ImageEncoderViT

FILE = Path(__file__).parent / "cellpose_sam_small.pt"
PATCH = 8
CONSTANT = 16
"""Dimensions of the embedding that hold no pixels: they keep layer norms from blowing up noise."""


def small_vit(checkpoint: None = None) -> SimpleNamespace:
    """Stand in for segment_anything's "vit_l", the encoder that `cellpose.vit` asks for."""
    encoder = ImageEncoderViT(
        depth=2,
        embed_dim=PATCH**2 + CONSTANT,
        img_size=1024,
        mlp_ratio=1,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        num_heads=2,
        patch_size=16,
        qkv_bias=True,
        use_rel_pos=True,
        global_attn_indexes=[0, 1],
        window_size=14,
        out_chans=112,
    )
    return SimpleNamespace(image_encoder=encoder)


def drawn_cells(seed: int, size: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Draw bright discs on noise: the image (Y, X) float32 and its labels."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    image, labels = rng.normal(20, 2, (size, size)), np.zeros((size, size), np.uint16)
    for _ in range(6 * (size // 25) ** 2):
        (cy, cx), r = rng.integers(0, size, 2), rng.integers(10, 13)
        disc = (y - cy) ** 2 + (x - cx) ** 2 <= r**2
        near = (y - cy) ** 2 + (x - cx) ** 2 <= (r + 3) ** 2
        if not labels[near].any():
            labels[disc] = labels.max() + 1
            image[disc] += 80 - 0.4 * ((y - cy) ** 2 + (x - cx) ** 2)[disc]
    return image.clip(0).astype(np.float32), labels


def targets(labels: np.ndarray) -> np.ndarray:
    """Return (3, Y, X): five times the unit vectors to the cells' centres, and a logit."""
    out = np.zeros((3, *labels.shape), np.float32)
    out[2] = np.where(labels > 0, 4, -4)
    ids = range(1, labels.max() + 1)
    for i, centre in zip(ids, center_of_mass(labels > 0, labels, ids), strict=True):
        inside = np.stack(np.nonzero(labels == i))
        way = np.array(centre)[:, None] - inside
        out[:2, inside[0], inside[1]] = 5 * way / np.maximum(np.hypot(*way), 1)
    return out


def main() -> None:
    """Fit the readout on 24 drawn images and save half-precision weights."""
    torch.manual_seed(0)
    vit.sam_model_registry = {"vit_l": small_vit}
    network = vit.CPSAM().eval().requires_grad_(False)
    embedding = network.encoder.patch_embed.proj
    embedding.weight.zero_()
    embedding.weight[: PATCH**2] = torch.eye(PATCH**2).reshape(-1, 1, PATCH, PATCH)
    embedding.bias.zero_()
    embedding.bias[PATCH**2 :] = 4
    features = []
    network.encoder.neck.register_forward_hook(lambda *args: features.append(args[2]))
    wanted = []
    for seed in range(24):
        image, labels = drawn_cells(seed)
        low, high = np.percentile(image, (1, 99))
        network(torch.from_numpy((image - low) / (high - low))[None, None].float())
        wanted.append(torch.from_numpy(targets(labels)))
    x = torch.cat(features).permute(0, 2, 3, 1).reshape(-1, network.out.in_channels).double()
    x = torch.cat([x, torch.ones(len(x), 1)], 1)
    y = torch.nn.functional.unfold(torch.stack(wanted), PATCH, stride=PATCH)
    y = y.transpose(1, 2).reshape(len(x), -1).double()
    solution = torch.linalg.solve(x.T @ x + 1e-3 * torch.eye(x.shape[1]), x.T @ y).float()
    network.out.weight.copy_(solution[:-1].T[..., None, None])
    network.out.bias.copy_(solution[-1])
    torch.save({name: w.half() for name, w in network.state_dict().items()}, FILE)


if __name__ == "__main__":
    main()
