"""Small networks of SAM's kind, and the published one."""

from pathlib import Path

import pytest

SIZES = {
    "encoder_embed_dim": 32,
    "encoder_depth": 2,
    "encoder_num_heads": 4,
    "encoder_global_attn_indexes": [1],
}


@pytest.fixture
def small_sam(tmp_path) -> Path:
    """A SAM of random weights with a small ViT, as a file."""
    torch = pytest.importorskip("torch")
    build = pytest.importorskip("segment_anything.build_sam")
    torch.manual_seed(0)
    file = tmp_path / "small.pth"
    torch.save(build._build_sam(**SIZES).state_dict(), file)
    return file
