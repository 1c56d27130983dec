"""ResNeSt: a backbone with split attention, below Mask R-CNN or its cascade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ....errors import InputError
from ...base import Evaluation
from ...training import Lesson
from ..method import Detectron2Method
from ..settings import Order

if TYPE_CHECKING:
    from ..design import Design


class ResNeSt(Detectron2Method):
    """Proposes boxes, then classifies each and draws its mask, on a backbone with split attention.

    SegGal's checkpoints are files `model_final.pth` of a Cascade Mask R-CNN on ResNeSt-200 with
    deformable convolutions, which takes minutes for an image on a processor; a Mask R-CNN on
    ResNeSt-50 loads, too, and is what is trained here from random weights. The file's weights tell
    which it is. For two channels the network sees nucleus, whole cell and nothing, in this order.
    Whether it was one or two the file doesn't tell: the gallery's entries do, and `channels`.
    Windows of 256 pixels are enlarged to 800. What else the files don't tell are parameters, with
    the likely value as their default: `white` and `preprocessing`.
    """

    key = "resnest"
    title = "ResNeSt"
    family = "Cascaded detector"
    citation = "Zhang et al.: ResNeSt: Split-Attention Networks. CVPR Workshops 2022."
    url = "https://arxiv.org/abs/2004.08955"
    weights = (
        "backbone.bottom_up.res2.0.conv2.bn0.weight",
        "proposal_generator.rpn_head.*",
        "roi_heads.mask_head.*",
    )
    evaluation = Evaluation(epochs=None, steps=50_000, batch=4, gpus=0)
    order: ClassVar[Order] = "RGB"

    def design(self) -> Design:
        """Return how networks of ResNeSt are built and read."""
        from .design import design

        return design(self.shape)

    def train(self, lesson: Lesson) -> Path:
        """Train from random weights, COCO, or a cell checkpoint; see `Method.train`.

        Raises
        ------
        InputError
            Also if there is one patch in a batch only.
        """
        if lesson.settings.batch < 2:
            raise InputError(
                "ResNeSt normalises over the patches of a batch: set the batch size to 2 or more."
            )
        return super().train(lesson)
