"""Builds a network of MMDetection from the configuration in its wheel, fit for cells."""

from __future__ import annotations

import json
import warnings
from importlib.resources import files
from pathlib import Path
from typing import Any

from torch import nn

from .architectures import Architecture
from .framework import MODELS, Config, ConfigDict, DefaultScope, MMLogger, RFSearchHook, mmdet

MAX_PER_IMAGE = 3000
"""Objects to keep of an image, or of a window of it; the configurations have 100."""

CONFIGS = Path(mmdet.__file__).parent / ".mim" / "configs"

SMALLEST_ANCHOR = 2
"""Anchors of 8 pixels on the finest level (stride 4), up to 128 on the coarsest."""
SOLO_RANGES = ((1, 32), (16, 64), (32, 128), (64, 256), (128, 1024))
"""Sizes in pixels of the objects of each level of SOLOv2, a third of those for photographs."""


def build_network(
    architecture: Architecture, channels: int, *, for_cells: bool, norm_eval: bool = True
) -> nn.Module:
    """Build a network of one class, with torch's random weights, in evaluation mode.

    Parameters
    ----------
    architecture
        Which one.
    channels
        Of its input.
    for_cells
        Whether anchors and object sizes suit cells of 8 to 100 pixels, or are those for
        photographs, which all published checkpoints were trained with.
    norm_eval
        Whether training keeps the statistics of the backbone's batch normalisation. Those of
        random weights must not be kept: the activations of HRNet and Res2Net would overflow.
    """
    config = Config.fromfile(CONFIGS / architecture.config)
    # Plain names of options are those of the model.
    config = Config({"model": config.model})
    config.merge_from_dict({f"model.{name}": v for name, v in architecture.options.items()})
    model = config.model
    _adapt(model)
    if not norm_eval and model.backbone.type != "SwinTransformer":
        model.backbone.norm_eval = False
    model.data_preprocessor = None
    model.backbone.in_channels = channels
    if "panoptic_head" in model:
        _only_things(model)
    else:
        limits = model.test_cfg.get("rcnn", model.test_cfg)
        limits.max_per_img = MAX_PER_IMAGE
        if "nms_pre" in limits:
            limits.nms_pre = MAX_PER_IMAGE
    if for_cells:
        _for_cells(model)
    # mmcv looks for mmdet's layers only in mmdet's scope.
    with DefaultScope.overwrite_default_scope("mmdet"), warnings.catch_warnings():
        # mmdet's Mask2Former calls mmcv's attention as older versions wanted.
        warnings.filterwarnings("ignore", "The arguments `dropout`", DeprecationWarning)
        network = MODELS.build(model)
    if architecture.has_searched_fields:
        _set_receptive_fields(network)
    return network.eval()


def draw_weights(network: nn.Module) -> None:
    """Draw random weights as each layer's authors did."""
    # Otherwise it reports of every layer, and that there are no pretrained weights.
    MMLogger.get_current_instance().setLevel("ERROR")
    with warnings.catch_warnings():
        # It logs by a method that Python has renamed.
        warnings.filterwarnings("ignore", "The 'warn' method", DeprecationWarning)
        network.init_weights()


def _adapt(config: Any) -> None:
    """Set one class, no downloads, no frozen layers, and batch normalisation for one device."""
    if isinstance(config, dict):
        for name, value in config.items():
            if name == "num_classes" and isinstance(value, int):
                config[name] = 1
            elif name == "frozen_stages":
                config[name] = -1
            elif name == "init_cfg" and isinstance(value, dict) and value["type"] == "Pretrained":
                config[name] = None
            elif name == "type" and value in ("SyncBN", "MMSyncBN"):
                config[name] = "BN"
            else:
                _adapt(value)
    elif isinstance(config, (list, tuple)):
        for value in config:
            _adapt(value)


def _only_things(model: ConfigDict) -> None:
    """Let Mask2Former know one class of things; it answers with as many objects as queries."""
    model.panoptic_head.update(num_things_classes=1, num_stuff_classes=0)
    model.panoptic_head.loss_cls.class_weight = [1.0, 0.1]
    model.panoptic_fusion_head.update(num_things_classes=1, num_stuff_classes=0)
    model.test_cfg.max_per_image = model.panoptic_head.num_queries


def _for_cells(model: ConfigDict) -> None:
    """Replace sizes that were chosen for photographs; shapes of weights don't change."""
    if "rpn_head" in model:
        model.rpn_head.anchor_generator.scales = [SMALLEST_ANCHOR]
    if "mask_head" in model:
        model.mask_head.scale_ranges = SOLO_RANGES


def _set_receptive_fields(network: nn.Module) -> None:
    """Give convolutions two branches around the dilation that RF-Next's search found.

    The dilations are those of ``cascade_mask_rcnn_r2_101_fpn_20e_coco`` in mmdetection 2.28,
    which SegGal used. The first entry of the names is what the hook expects.
    """
    found = json.loads((files(__package__) / "rf_next.json").read_text("utf-8"))
    search = {
        "step": 0,
        "max_step": 12,
        "search_interval": 1,
        "exp_rate": 0.5,
        "init_alphas": 0.01,
        "mmin": 1,
        "mmax": 24,
        "num_branches": 2,
        "skip_layer": ["stem", "layer1"],
    }
    hook = RFSearchHook("fixed_multi_branch", {"search": search}, verbose=False)
    hook.config["structure"] = {f"module.{name}": dilation for name, dilation in found.items()}
    hook.init_model(network)
