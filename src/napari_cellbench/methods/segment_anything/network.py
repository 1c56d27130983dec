"""SAM's networks: the variant is read from the checkpoint's names and shapes, never from its name.

MobileSAM (Zhang et al. 2023) has the prompt encoder and mask decoder of SAM behind a TinyViT-5M
(Wu et al. 2022), which is timm's here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import timm
import torch
from segment_anything.build_sam import _build_sam
from segment_anything.modeling import Sam
from segment_anything.modeling.common import LayerNorm2d
from torch import Tensor, nn

from ...errors import CheckpointError
from ..shared.weights import read_state_dict
from .enlarging import SIDE
from .windows import GRID

CHANNELS = 256
"""Of the image features."""

_ENCODER = "image_encoder."
CLASSIFIER = (f"{_ENCODER}norm_head.", f"{_ENCODER}head.")
"""Names of MobileSAM's weights that only its first training used; a file may lack them."""
_VIT = f"{_ENCODER}pos_embed"
_POSITIONS = f"{_ENCODER}blocks.{{}}.attn.rel_pos_h"
_TINY_VIT = f"{_ENCODER}patch_embed.seq.0.c.weight"
_NO_VIT: dict[str, Any] = {
    "encoder_embed_dim": 1,
    "encoder_depth": 0,
    "encoder_num_heads": 1,
    "encoder_global_attn_indexes": [],
}
_TO_TIMM = (
    (r"^patch_embed\.seq\.0\.", "patch_embed.conv1."),
    (r"^patch_embed\.seq\.2\.", "patch_embed.conv2."),
    (r"^layers\.(\d)\.blocks", r"stages.\1.blocks"),
    # timm reckons a stage's downsampling to the next stage.
    (r"^layers\.0\.downsample", "stages.1.downsample"),
    (r"^layers\.1\.downsample", "stages.2.downsample"),
    (r"^layers\.2\.downsample", "stages.3.downsample"),
    (r"\.c\.", ".conv."),
)


class TinyViTEncoder(nn.Module):
    """TinyViT-5M as SAM's image encoder: its last stage keeps the size, a neck follows."""

    img_size = SIDE

    def __init__(self) -> None:
        super().__init__()
        self.backbone = timm.create_model("tiny_vit_5m_224", num_classes=0)
        self.backbone.head = nn.Identity()
        self.backbone.stages[3].downsample.conv2.conv.stride = (1, 1)
        self.neck = nn.Sequential(
            nn.Conv2d(self.backbone.num_features, CHANNELS, 1, bias=False),
            LayerNorm2d(CHANNELS),
            nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False),
            LayerNorm2d(CHANNELS),
        )

    def forward(self, image: Tensor) -> Tensor:
        """Encode (N, 3, 1024, 1024) as (N, 256, 64, 64)."""
        features: Tensor = self.neck(self.backbone.forward_features(image))
        return features


@contextmanager
def before_layers(network: Sam, call: Callable[[], None]) -> Iterator[int]:
    """Call something before each layer of the image encoder; yield how many layers it has."""
    kinds = nn.Linear, nn.Conv2d
    layers = [m for m in network.image_encoder.modules() if isinstance(m, kinds)]
    hooks = [layer.register_forward_pre_hook(lambda *_: call()) for layer in layers]
    try:
        yield len(layers)
    finally:
        for hook in hooks:
            hook.remove()


def load_sam(path: Path) -> Sam:
    """Load SAM ViT-B, -L or -H, MobileSAM, or what was trained from one of them.

    Parameters
    ----------
    path
        A torch file or safetensors with the published names of the weights.

    Returns
    -------
    Sam
        On the CPU, in float32, ready to predict.

    Raises
    ------
    CheckpointError
        If the file is damaged, of another method, or would run code.
    """
    state, _ = read_state_dict(path)
    state = {name: w.float() if w.is_floating_point() else w for name, w in state.items()}
    if _TINY_VIT in state:
        state = {
            _timm_name(name): weight
            for name, weight in state.items()
            if not name.startswith(CLASSIFIER)
        }
        network = _sam(_NO_VIT)
        network.image_encoder = TinyViTEncoder()
    elif _VIT in state and _POSITIONS.format(0) in state:
        try:
            network = _sam(_vit_sizes(state))
        except (RuntimeError, ValueError, LookupError, ArithmeticError, AssertionError) as error:
            raise CheckpointError(f"{path.name} has layers that no ViT of SAM has.") from error
    else:
        raise CheckpointError(f"{path.name} is not a checkpoint of Segment Anything or MobileSAM.")
    _check(path, network, state)
    network.load_state_dict(state, assign=True)
    return network.eval()


def _sam(sizes: dict[str, Any]) -> Sam:
    """Build SAM without storage: it needs no initial weights, since all are assigned."""
    with torch.device("meta"):
        return _build_sam(**sizes)


def _vit_sizes(state: dict[str, Tensor]) -> dict[str, Any]:
    """Read the sizes of the ViT; blocks that see the whole image know more relative positions."""
    width = state[_VIT].shape[-1]
    positions: list[tuple[int, ...]] = []
    while (name := _POSITIONS.format(len(positions))) in state:
        positions.append(tuple(state[name].shape))
    return {
        "encoder_embed_dim": width,
        "encoder_depth": len(positions),
        "encoder_num_heads": width // positions[0][1],
        "encoder_global_attn_indexes": [i for i, n in enumerate(positions) if n[0] == 2 * GRID - 1],
    }


def _timm_name(name: str) -> str:
    if not name.startswith(_ENCODER) or name.startswith(f"{_ENCODER}neck."):
        return name
    name = name.removeprefix(_ENCODER)
    for pattern, replacement in _TO_TIMM:
        name = re.sub(pattern, replacement, name)
    return f"{_ENCODER}backbone.{name}"


def _check(path: Path, network: nn.Module, state: dict[str, Tensor]) -> None:
    """Refuse weights that don't fit name by name and shape by shape."""
    wanted = {name: tuple(weight.shape) for name, weight in network.state_dict().items()}
    found = {name: tuple(weight.shape) for name, weight in state.items()}
    if found != wanted:
        odd = min(set(found.items()) ^ set(wanted.items()))[0]
        raise CheckpointError(
            f"{path.name} does not fit Segment Anything: {odd} is {found.get(odd, 'missing')} "
            f"where {wanted.get(odd, 'nothing')} is expected. Is it of a variant such as HQ-SAM?"
        )
