"""Weights for training to start from: detectors of everyday objects, trained on COCO or LVIS.

MMDetection's addresses are those of the model index in mmdet 3.3.0, for the architectures that
SegGal trained; detectron2's, CenterMask2's and ResNeSt's are those of their model zoos. Nobody
publishes SHA-256 of these files. RF-Next's authors publish no weights: its network is Res2Net's.
Of SegGal's Mask R-CNN, MMDetection publishes none either; the one here has the same backbone.
"""

from __future__ import annotations

from .base import Checkpoint

_APACHE = "Apache-2.0"
_SHARE_ALIKE = "CC-BY-SA-3.0"
_NON_COMMERCIAL = "CC-BY-NC-4.0 (non-commercial)"

_MMDET = "https://download.openmmlab.com/mmdetection/"
_DETECTRON2 = "https://dl.fbaipublicfiles.com/detectron2/COCO-InstanceSegmentation/"
_RESNEST = "https://s3.us-west-1.wasabisys.com/resnest/detectron/"
_CENTERMASK2 = "https://dl.dropbox.com/s/"

_MASK_RCNN = (
    f"{_MMDET}v2.0/mask_rcnn/mask_rcnn_r50_caffe_fpn_mstrain-poly_3x_coco/"
    "mask_rcnn_r50_caffe_fpn_mstrain-poly_3x_coco_bbox_mAP-0.408__segm_mAP-0.37_20200504_163245-"
    "42aa3d00.pth"
)
_MS_RCNN = (
    f"{_MMDET}v2.0/ms_rcnn/ms_rcnn_r50_caffe_fpn_2x_coco/"
    "ms_rcnn_r50_caffe_fpn_2x_coco_bbox_mAP-0.388__segm_mAP-0.363_20200506_004738-ee87b137.pth"
)
_SEESAW = (
    f"{_MMDET}v2.0/seesaw_loss/"
    "cascade_mask_rcnn_r101_fpn_random_seesaw_loss_normed_mask_mstrain_2x_lvis_v1-8b5a6745.pth"
)
_SWIN_T = (
    f"{_MMDET}v2.0/swin/mask_rcnn_swin-t-p4-w7_fpn_ms-crop-3x_coco/"
    "mask_rcnn_swin-t-p4-w7_fpn_ms-crop-3x_coco_20210906_131725-bacf6f7b.pth"
)
_SWIN_S = (
    f"{_MMDET}v2.0/swin/mask_rcnn_swin-s-p4-w7_fpn_fp16_ms-crop-3x_coco/"
    "mask_rcnn_swin-s-p4-w7_fpn_fp16_ms-crop-3x_coco_20210903_104808-b92c91f1.pth"
)
_SOLOV2 = (
    f"{_MMDET}v2.0/solov2/solov2_r50_fpn_3x_coco/"
    "solov2_r50_fpn_3x_coco_20220512_125856-fed092d4.pth"
)
_HRNET = (
    f"{_MMDET}v2.0/hrnet/cascade_mask_rcnn_hrnetv2p_w32_20e_coco/"
    "cascade_mask_rcnn_hrnetv2p_w32_20e_coco_20200512_154043-39d9cf7b.pth"
)
_RES2NET = (
    f"{_MMDET}v2.0/res2net/cascade_mask_rcnn_r2_101_fpn_20e_coco/"
    "cascade_mask_rcnn_r2_101_fpn_20e_coco-8a7b41e1.pth"
)
_MASK2FORMER = (
    f"{_MMDET}v3.0/mask2former/mask2former_r50_8xb2-lsj-50e_coco/"
    "mask2former_r50_8xb2-lsj-50e_coco_20220506_191028-41b088b6.pth"
)
_MASK_RCNN_R50 = f"{_DETECTRON2}mask_rcnn_R_50_FPN_3x/137849600/model_final_f10217.pkl"
_MASK_RCNN_R101 = f"{_DETECTRON2}mask_rcnn_R_101_FPN_3x/138205316/model_final_a3ec72.pkl"
_CENTERMASK2_V99 = f"{_CENTERMASK2}c6n79x83xkdowqc/centermask2-V-99-eSE-FPN-ms-3x.pth"
_RESNEST200 = f"{_RESNEST}mask_cascade_rcnn_ResNeSt_200_FPN_dcn_syncBN_all_tricks_3x-e1901134.pth"


def starting_points() -> tuple[Checkpoint, ...]:
    """Return them, MMDetection's first."""
    return _STARTING_POINTS


def _start(
    name: str, method: str, title: str, url: str, licence: str, data: str = "COCO"
) -> Checkpoint:
    return Checkpoint(
        key=f"start-{name}",
        method=method,
        title=f"{title} ({data})",
        source="official",
        target="whole_cell",
        channels=("red", "green", "blue"),
        trained_on=f"{data}, photographs of everyday objects",
        licence=licence,
        url=url,
        modality="any",
        purpose="start",
    )


_STARTING_POINTS = (
    _start("mask_rcnn", "mask_rcnn", "Mask R-CNN, ResNet-50", _MASK_RCNN, _APACHE),
    _start("ms_rcnn", "ms_rcnn", "Mask Scoring R-CNN, ResNet-50", _MS_RCNN, _APACHE),
    _start(
        "cascade_mask_rcnn_seesaw",
        "cascade_mask_rcnn_seesaw",
        "Cascade Mask R-CNN, seesaw loss, ResNet-101",
        _SEESAW,
        _APACHE,
        "LVIS",
    ),
    _start("swin_t", "swin_t", "Mask R-CNN, Swin-T", _SWIN_T, _APACHE),
    _start("swin_s", "swin_s", "Mask R-CNN, Swin-S", _SWIN_S, _APACHE),
    _start("solov2", "solov2", "SOLOv2, ResNet-50", _SOLOV2, _APACHE),
    _start("rf_next", "rf_next", "Cascade Mask R-CNN, Res2Net-101", _RES2NET, _APACHE),
    _start("hrnet", "hrnet", "Cascade Mask R-CNN, HRNetV2p-W32", _HRNET, _APACHE),
    _start("res2net", "res2net", "Cascade Mask R-CNN, Res2Net-101", _RES2NET, _APACHE),
    _start("mask2former", "mask2former", "Mask2Former, ResNet-50", _MASK2FORMER, _APACHE),
    _start(
        "detectron2_r50",
        "detectron2_mask_rcnn",
        "Mask R-CNN (detectron2), ResNet-50",
        _MASK_RCNN_R50,
        _SHARE_ALIKE,
    ),
    _start(
        "detectron2_r101",
        "detectron2_mask_rcnn",
        "Mask R-CNN (detectron2), ResNet-101",
        _MASK_RCNN_R101,
        _SHARE_ALIKE,
    ),
    _start(
        "centermask2", "centermask2", "CenterMask2, VoVNetV2-99", _CENTERMASK2_V99, _NON_COMMERCIAL
    ),
    _start("resnest", "resnest", "Cascade Mask R-CNN, ResNeSt-200", _RESNEST200, _APACHE),
)
