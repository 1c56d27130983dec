"""CenterMask2: boxes without anchors, and a mask in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ...base import Evaluation
from ...parameters import parameter
from ..method import Detectron2Method
from ..parameters import Detectron2Parameters
from ..settings import Order

if TYPE_CHECKING:
    from ..design import Design


@dataclass(frozen=True)
class CenterMask2Parameters(Detectron2Parameters):
    """What a user can set of CenterMask2."""

    nms_threshold: float = parameter(
        0.6,
        label="Overlap threshold",
        help="Overlap (IoU) at which the less certain of two objects is dropped; higher keeps "
        "more.",
        low=0,
        high=1,
        step=0.05,
    )


class CenterMask2(Detectron2Method):
    """Finds boxes by how far a point is from the sides of its cell, and draws a mask in each.

    SegGal's checkpoints are files `model_final.pth` with the backbone VoVNetV2-99; those with
    VoVNetV2-39 load, too: the weights tell which it is. Those for one channel also estimate how
    good each mask is and rank cells by that; those for two see nothing, whole cell and nucleus, in
    this order. Windows of 256 pixels are enlarged to 800. What the files don't tell are parameters,
    with the likely value as their default: `white`, `channels` and `preprocessing`.

    SegGal trained from random weights with a norm that changes nothing; what is trained here from
    random weights has group normalisation, for without any the loss may stall or be no number. The
    original's code and weights are for non-commercial use.
    """

    key = "centermask2"
    title = "CenterMask2"
    family = "One-stage detector with masks"
    citation = "Lee, Park: CenterMask: Real-Time Anchor-Free Instance Segmentation. CVPR 2020."
    url = "https://arxiv.org/abs/1911.06667"
    parameters = CenterMask2Parameters
    weights = (
        "backbone.bottom_up.stem.stem_1/conv.weight",
        "proposal_generator.fcos_head.*",
        "roi_heads.mask_head.spatialAtt.*",
    )
    # Batches of 32 for one channel, of 4 for two.
    evaluation = Evaluation(epochs=None, steps=100_000, batch=32, gpus=4)
    order: ClassVar[Order] = "BGR"

    def design(self) -> Design:
        """Return how networks of CenterMask2 are built and read."""
        from .design import design

        return design(self.shape)
