"""Ten methods of the systematic evaluation that live in MMDetection."""

from __future__ import annotations

from typing import ClassVar

from ..base import Evaluation
from ..shared.detector_parameters import DetectorParameters
from . import architectures
from .method import MMDetMethod


class MaskRCNN(MMDetMethod):
    """Proposes boxes, then classifies each and draws its mask."""

    key = "mask_rcnn"
    title = "Mask R-CNN"
    family = "Two-stage detector"
    citation = "He, Gkioxari, Dollár, Girshick: Mask R-CNN. ICCV 2017."
    url = "https://arxiv.org/abs/1703.06870"
    architecture = architectures.MASK_RCNN
    weights = ("backbone.layer1.0.conv1.weight", "roi_head.mask_head.*")
    evaluation = Evaluation(epochs=100, batch=24, gpus=4)


class MSRCNN(MMDetMethod):
    """Mask R-CNN that also estimates how good each mask is, and ranks objects by that."""

    key = "ms_rcnn"
    title = "MS R-CNN"
    family = "Two-stage detector"
    citation = "Huang, Huang, Gong, Huang, Wang: Mask Scoring R-CNN. CVPR 2019."
    url = "https://arxiv.org/abs/1903.00241"
    architecture = architectures.MS_RCNN
    weights = ("backbone.layer1.0.conv1.weight", "roi_head.mask_head.*", "roi_head.mask_iou_head.*")
    evaluation = Evaluation(epochs=50, batch=48, gpus=4)


class CascadeSeesaw(MMDetMethod):
    """Refines boxes in three stages; its loss balances rare and frequent classes."""

    key = "cascade_mask_rcnn_seesaw"
    title = "Cascade Mask R-CNN, seesaw loss"
    family = "Cascaded detector"
    citation = "Wang et al.: Seesaw Loss for Long-Tailed Instance Segmentation. CVPR 2021."
    url = "https://arxiv.org/abs/2008.10032"
    architecture = architectures.SEESAW
    weights = ("backbone.layer1.0.conv1.weight", "roi_head.bbox_head.2.*", "roi_head.mask_head.*")
    evaluation = Evaluation(epochs=50, batch=8, gpus=4)


class SwinT(MMDetMethod):
    """Mask R-CNN on a transformer with shifted windows, the tiny one."""

    key = "swin_t"
    title = "Swin-T"
    family = "Two-stage detector on a transformer"
    citation = (
        "Liu et al.: Swin Transformer: Hierarchical Vision Transformer using Shifted Windows. "
        "ICCV 2021."
    )
    url = "https://arxiv.org/abs/2103.14030"
    architecture = architectures.SWIN_T
    weights: ClassVar[tuple[str, ...]] = (
        "backbone.stages.0.blocks.0.attn.*",
        "roi_head.mask_head.*",
    )
    evaluation = Evaluation(epochs=50, batch=8, gpus=4)


class SwinS(SwinT):
    """Mask R-CNN on a transformer with shifted windows, the small one."""

    key = "swin_s"
    title = "Swin-S"
    architecture = architectures.SWIN_S
    weights = (
        "backbone.stages.0.blocks.0.attn.*",
        "backbone.stages.2.blocks.17.*",
        "roi_head.mask_head.*",
    )


class SOLOv2(MMDetMethod):
    """Predicts for each cell of a grid the filter that draws the mask of the object there."""

    key = "solov2"
    title = "SOLOv2"
    family = "One-stage segmentation without boxes"
    citation = (
        "Wang, Zhang, Kong, Li, Shen: SOLOv2: Dynamic and Fast Instance Segmentation. NeurIPS 2020."
    )
    url = "https://arxiv.org/abs/2003.10152"
    architecture = architectures.SOLOV2
    weights = ("mask_head.kernel_convs.*", "mask_head.mask_feature_head.*")
    evaluation = Evaluation(epochs=60, batch=8, gpus=4)


class RFNext(MMDetMethod):
    """Cascade Mask R-CNN on Res2Net whose receptive fields were found by a search."""

    key = "rf_next"
    title = "RF-Next"
    family = "Cascaded detector"
    citation = (
        "Gao, Li, Han, Cheng, Wang: RF-Next: Efficient Receptive Field Search for Convolutional "
        "Neural Networks. IEEE TPAMI 2022."
    )
    url = "https://arxiv.org/abs/2206.06637"
    architecture = architectures.RF_NEXT
    weights = (
        "backbone.layer1.0.convs.*",
        "backbone.stem.*",
        "roi_head.bbox_head.2.*",
        "roi_head.mask_head.*",
        "*.branch_weights",
    )
    evaluation = Evaluation(epochs=200, batch=8, gpus=4)


class HRNet(MMDetMethod):
    """Cascade Mask R-CNN on a network that keeps a high resolution throughout."""

    key = "hrnet"
    title = "HRNet"
    family = "Cascaded detector"
    citation = (
        "Wang et al.: Deep High-Resolution Representation Learning for Visual Recognition. "
        "IEEE TPAMI 2020."
    )
    url = "https://arxiv.org/abs/1908.07919"
    architecture = architectures.HRNET
    weights = (
        "backbone.stage2.0.branches.*",
        "backbone.stage4.0.branches.*",
        "roi_head.bbox_head.2.*",
        "roi_head.mask_head.*",
    )
    evaluation = Evaluation(epochs=200, batch=24, gpus=4)


class Res2Net(MMDetMethod):
    """Cascade Mask R-CNN on a network with several scales within each block."""

    key = "res2net"
    title = "Res2Net"
    family = "Cascaded detector"
    citation = "Gao et al.: Res2Net: A New Multi-scale Backbone Architecture. IEEE TPAMI 2020."
    url = "https://arxiv.org/abs/1904.01169"
    architecture = architectures.RES2NET
    weights = (
        "backbone.layer1.0.convs.*",
        "backbone.stem.*",
        "roi_head.bbox_head.2.*",
        "roi_head.mask_head.*",
    )
    evaluation = Evaluation(epochs=20, batch=8, gpus=4)


class Mask2Former(MMDetMethod):
    """A transformer whose queries attend to their own masks: at most 100 objects per window."""

    key = "mask2former"
    title = "Mask2Former"
    family = "Transformer with object queries"
    citation = (
        "Cheng, Misra, Schwing, Kirillov, Girdhar: Masked-attention Mask Transformer for Universal "
        "Image Segmentation. CVPR 2022."
    )
    url = "https://arxiv.org/abs/2112.01527"
    # Its scores are measured on masks that are cut at 0.5.
    parameters = DetectorParameters
    architecture = architectures.MASK2FORMER
    weights = ("panoptic_head.pixel_decoder.*", "panoptic_head.transformer_decoder.*")
    evaluation = Evaluation(epochs=50, batch=36, gpus=4)
