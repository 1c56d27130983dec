"""The networks as the systematic evaluation trained them; no framework is imported here.

The settings are those of the configuration files that SegGal's authors published
(https://github.com/BoomStarcuc/Cell-Segmentation-Benchmark, mmdet_BM).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

IMAGENET = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
"""Mean and standard deviation of photographs: red, green and blue, 0..255."""
TISSUENET = ((55.0704424,) * 3, (67.22934807,) * 3)
"""The same of SegGal's preprocessed training images."""


@dataclass(frozen=True)
class Architecture:
    """A network of MMDetection.

    Attributes
    ----------
    config
        File below ``mmdet/.mim/configs``.
    mean, std
        By channel, of the intensities 0..255 that SegGal's checkpoints were trained with.
    scale
        Magnification of SegGal's windows of 256 pixels.
    is_caffe
        Whether its COCO weights take blue, green, red of unit standard deviation.
    has_searched_fields
        Whether the receptive fields are those that RF-Next found.
    options
        Entries of the model's configuration to change, by dotted name.
    """

    config: str
    mean: tuple[float, ...] = TISSUENET[0]
    std: tuple[float, ...] = TISSUENET[1]
    scale: float = 1.0
    is_caffe: bool = False
    has_searched_fields: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


MASK_RCNN = Architecture(
    "strong_baselines/mask-rcnn_r50-caffe_fpn_rpn-2conv_4conv1fc_syncbn-all_lsj-100e_coco.py"
)
MS_RCNN = Architecture("ms_rcnn/ms-rcnn_r50-caffe_fpn_1x_coco.py", is_caffe=True)
SEESAW = Architecture(
    "seesaw_loss/cascade-mask-rcnn_r101_fpn_seesaw-loss-normed-mask_random-ms-2x_lvis-v1.py",
    *IMAGENET,
    scale=480 / 256,
)
# SegGal averaged scales of 480 to 800; this is the middle one.
SWIN_T = Architecture("swin/mask-rcnn_swin-t-p4-w7_fpn_1x_coco.py", *IMAGENET, scale=640 / 256)
SWIN_S = Architecture(
    "swin/mask-rcnn_swin-s-p4-w7_fpn_amp-ms-crop-3x_coco.py", *IMAGENET, scale=640 / 256
)
SOLOV2 = Architecture("solov2/solov2_r50_fpn_ms-3x_coco.py", *IMAGENET)
HRNET = Architecture("hrnet/cascade-mask-rcnn_hrnetv2p-w32_20e_coco.py")
RES2NET = Architecture("res2net/cascade-mask-rcnn_res2net-101_fpn_20e_coco.py")
RF_NEXT = Architecture(RES2NET.config, has_searched_fields=True)
MASK2FORMER = Architecture("mask2former/mask2former_r50_8xb2-lsj-50e_coco.py")
