"""Train a very small Cellpose-SAM on drawn cells, for tests that need one that finds cells.

The real one has 305 million weights. This one has cellpose's own architecture around an image
encoder of two narrow blocks::

    python tests/references/make_cellpose_sam.py
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from cellpose import models, train, vit
from segment_anything.modeling import ImageEncoderViT

FILE = Path(__file__).parent / "cellpose_sam_small.pt"


def small_vit(checkpoint: None = None) -> SimpleNamespace:
    """Stand in for segment_anything's "vit_l", the encoder that `cellpose.vit` asks for."""
    encoder = ImageEncoderViT(
        depth=2,
        embed_dim=64,
        img_size=1024,
        mlp_ratio=2,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        num_heads=2,
        patch_size=16,
        qkv_bias=True,
        use_rel_pos=True,
        global_attn_indexes=[0, 1],
        window_size=14,
        out_chans=64,
    )
    return SimpleNamespace(image_encoder=encoder)


def drawn_cells(seed: int, size: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Draw bright discs on noise: the image (Y, X) float32 and its labels."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    image, labels = rng.normal(20, 5, (size, size)), np.zeros((size, size), np.uint16)
    for _ in range(400):
        (cy, cx), r = rng.integers(0, size, 2), rng.integers(11, 16)
        disc = (y - cy) ** 2 + (x - cx) ** 2 <= r**2
        if not labels[disc].any():
            labels[disc] = labels.max() + 1
            image[disc] += rng.uniform(60, 100)
    return image.clip(0).astype(np.float32), labels


def main() -> None:
    """Train on 16 drawn images and save half-precision weights."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - cellpose augments with the global generator
    vit.sam_model_registry = {"vit_l": small_vit}
    images, labels = zip(*(drawn_cells(seed) for seed in range(16)), strict=True)
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder) / "start.pt"
        torch.save(vit.CPSAM().state_dict(), start)
        model = models.CellposeModel(pretrained_model=str(start), use_bfloat16=False)
        train.train_seg(
            model.net,
            train_data=list(images),
            train_labels=list(labels),
            learning_rate=2e-3,
            n_epochs=60,
            batch_size=4,
            nimg_per_epoch=16,
            min_train_masks=1,
            save_path=folder,
        )
    torch.save({name: w.half() for name, w in model.net.state_dict().items()}, FILE)


if __name__ == "__main__":
    main()
