"""Methods with small networks of the same kinds, to be trained on a CPU.

The shapes of their weights differ from those of the real ones: only this script can load them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mmengine.config import Config

from napari_cellbench.methods import get_method
from napari_cellbench.methods.base import Method
from napari_cellbench.methods.deepcell.featurenet import FeatureNetWidths
from napari_cellbench.methods.mediar.network import MediarShape
from napari_cellbench.methods.mmdet.architectures import Architecture
from napari_cellbench.methods.mmdet.method import MMDetMethod
from napari_cellbench.methods.mmdet.network import CONFIGS

RESNET = {
    "backbone.depth": 18,
    "backbone.base_channels": 32,
    "neck.in_channels": [32, 64, 128, 256],
}
SWIN = {
    "backbone.embed_dims": 48,
    "backbone.depths": [2, 2, 2, 2],
    "backbone.drop_path_rate": 0.0,
    "neck.in_channels": [48, 96, 192, 384],
}
RES2NET = {
    "backbone.base_channels": 16,
    "backbone.base_width": 7,
    "neck.in_channels": [64, 128, 256, 512],
}
HRNET = {
    "backbone.extra.stage1.num_blocks": (2,),
    "backbone.extra.stage2.num_channels": (12, 24),
    "backbone.extra.stage2.num_blocks": (2, 2),
    "backbone.extra.stage3.num_channels": (12, 24, 48),
    "backbone.extra.stage3.num_modules": 1,
    "backbone.extra.stage3.num_blocks": (2, 2, 2),
    "backbone.extra.stage4.num_channels": (12, 24, 48, 96),
    "backbone.extra.stage4.num_modules": 1,
    "backbone.extra.stage4.num_blocks": (2, 2, 2, 2),
    "neck.in_channels": [12, 24, 48, 96],
}
MASK2FORMER = {
    "backbone.depth": 18,
    "backbone.base_channels": 32,
    "panoptic_head.in_channels": [32, 64, 128, 256],
    "panoptic_head.pixel_decoder.encoder.num_layers": 2,
    "panoptic_head.transformer_decoder.num_layers": 3,
    "train_cfg.num_points": 1024,
}
BACKBONES: dict[str, dict[str, Any]] = {
    "mask_rcnn": RESNET,
    "ms_rcnn": RESNET,
    "cascade_mask_rcnn_seesaw": RESNET,
    "swin_t": SWIN,
    "swin_s": {**SWIN, "backbone.depths": [2, 2, 6, 2]},
    "solov2": RESNET,
    # The searched receptive fields belong to a depth of 101.
    "rf_next": RES2NET,
    "res2net": {**RES2NET, "backbone.depth": 50},
    "hrnet": HRNET,
    "mask2former": MASK2FORMER,
}
WIDTHS = {256: 64, 512: 128, 1024: 128, 2048: 128}
"""Channels of heads and necks, and what becomes of them."""
WIDE = ("channels", "embed_dims")
SAMPLED = {"sampler.num": 128, "nms_pre": 400, "max_per_img": 400}
"""Boxes to learn from in each image."""


WRITTEN_HERE: dict[str, dict[str, Any]] = {
    "featurenet": {"widths": FeatureNetWidths(filters=8, dense=16)},
    "mesmer": {
        "shape": {
            "width": 16,
            "blocks": (1, 1, 1, 1),
            "pyramid": 64,
            "upsample": 32,
            "dense": 32,
        }
    },
    "retinamask": {"shape": {"width": 16, "blocks": (1, 1, 1, 1), "features": 48}},
    "mediar": {
        "shape": MediarShape((16, 32, 80, 128), (1, 1, 1, 1), (128, 64, 48, 32, 16), attention=32)
    },
    "dsb2018_first": {"shape": {"width": 16, "blocks": (1, 1, 1, 1)}},
    "dsb2018_second": {"shape": {"width": 8, "blocks": (1, 1, 1, 1), "features": 32}},
    "dsb2018_third": {
        "shape": {
            "width": 16,
            "blocks": (1, 1, 1, 1),
            "features": 48,
            "proposing": 48,
            "dense": 128,
        }
    },
}

DETECTRON2: dict[str, dict[str, Any]] = {
    "centermask2": {
        "shape": {
            "backbone": {
                "blocks": (1, 1, 1, 1),
                "stem": (16, 16, 32),
                "inside": (32, 32, 48, 48),
                "out": (64, 96, 128, 128),
            },
            "features": 64,
            "hidden": 64,
        }
    },
    "resnest": {
        "shape": {
            "backbone": {
                "blocks": (1, 1, 1, 1),
                "stem": (16, 16, 32),
                "widths": (16, 32, 64, 64),
                "out": (64, 96, 128, 128),
            },
            "features": 64,
            "hidden": 128,
        }
    },
}


def small(key: str) -> Method[Any]:
    """Return a method with a small network; methods that are small anyway as they are."""
    method = get_method(key)
    if own := (WRITTEN_HERE | DETECTRON2).get(key):
        kind = type(f"Small{type(method).__name__}", (type(method),), own)
        found: Method[Any] = kind()
        return found
    if not isinstance(method, MMDetMethod):
        return method
    architecture = replace(method.architecture, options=_options(key, method.architecture))
    kind = type(f"Small{type(method).__name__}", (type(method),), {"architecture": architecture})
    made: Method[Any] = kind()
    return made


def _options(key: str, architecture: Architecture) -> dict[str, Any]:
    model = Config.fromfile(CONFIGS / architecture.config).model
    options: dict[str, Any] = {}
    for name, value in _leaves(model):
        if name.startswith("backbone") or name in BACKBONES[key]:
            continue
        if name.endswith(WIDE) and value in WIDTHS:
            options[name] = WIDTHS[value]
        elif name.endswith("num_feats"):
            options[name] = WIDTHS[256] // 2
        elif name.startswith("train_cfg") and name.endswith(tuple(SAMPLED)):
            options[name] = next(n for end, n in SAMPLED.items() if name.endswith(end))
    return {**options, **BACKBONES[key]}


def _leaves(entry: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted names of a configuration's entries, with their values."""
    dot = name and f"{name}."
    if isinstance(entry, dict):
        for part, value in entry.items():
            yield from _leaves(value, f"{dot}{part}")
    elif isinstance(entry, (list, tuple)) and any(isinstance(value, dict) for value in entry):
        for number, value in enumerate(entry):
            yield from _leaves(value, f"{dot}{number}")
    elif not isinstance(entry, list):
        yield name, entry
