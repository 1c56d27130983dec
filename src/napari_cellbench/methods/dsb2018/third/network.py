"""The third winner's network in torch, by the names of its Keras file: a Mask R-CNN.

Source: He et al. 2017, Mask R-CNN, ICCV; the conventions of Matterport's implementation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....errors import CheckpointError
from ...deepcell.layers import batch_norm, conv, same_conv
from ...deepcell.retinamask.sampling import sample
from ..resnet import WIDEST, FreezableNorms, ResNetShape, resnet, resnet_levels, width_of
from .boxes import RATIOS

MULTIPLE = 64
"""Of which the sides of the input must be."""
MEAN = (123.7, 116.8, 103.9)
"""Of red, green and blue in 0..255."""
LEVELS = (2, 3, 4, 5)
CLASSES = 2
"""Background and nucleus."""
POOL, MASK_POOL = 7, 14
"""Samples a side of a box that the class head and the mask head see."""
MASKS = 4
"""Convolutions of the mask head."""
AT_ONCE = 64
"""Boxes whose masks are drawn together."""


@dataclass(frozen=True)
class ThirdShape:
    """How a network is built: its ResNet, and the channels of pyramid, proposals and class head."""

    resnet: ResNetShape = field(default_factory=ResNetShape)
    features: int = 256
    proposing: int = 512
    dense: int = 1024

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> ThirdShape:
        """Tell the shape from weights.

        Raises
        ------
        CheckpointError
            If they are of another network.
        """
        shape = ResNetShape.of(state)
        names = ("fpn_p2.weight", "rpn_conv_shared.weight", "mrcnn_class_conv1.weight")
        widths = [width_of(state, name) for name in names]
        if not 1 <= min(widths) <= max(widths) <= WIDEST or not shape.is_matterport:
            raise CheckpointError(
                f"This is no network of the third winner's: {', '.join(names)} have {widths} "
                "channels."
            )
        return cls(shape, *widths)


class ThirdNet(FreezableNorms, nn.ModuleDict):
    """The layers by the names that the file gives them.

    Parameters
    ----------
    shape
        How it is built.
    """

    def __init__(self, shape: ThirdShape) -> None:
        features, dense, channels = shape.features, shape.dense, shape.resnet.channels()
        layers = resnet(shape.resnet)
        for level in LEVELS:
            layers[f"fpn_c{level}p{level}"] = conv(channels[level - 1], features)
            layers[f"fpn_p{level}"] = same_conv(features, features)
        layers["rpn_conv_shared"] = same_conv(features, shape.proposing)
        layers["rpn_class_raw"] = _small(conv(shape.proposing, 2 * len(RATIOS)))
        layers["rpn_bbox_pred"] = _small(conv(shape.proposing, 4 * len(RATIOS)))
        for number, (n_in, kernel) in enumerate(((features, POOL), (dense, 1)), 1):
            layers[f"mrcnn_class_conv{number}"] = conv(n_in, dense, kernel)
            layers[f"mrcnn_class_bn{number}"] = batch_norm(dense)
        layers["mrcnn_class_logits"] = _small(conv(dense, CLASSES))
        layers["mrcnn_bbox_fc"] = _small(conv(dense, 4 * CLASSES))
        for number in range(1, MASKS + 1):
            layers[f"mrcnn_mask_conv{number}"] = same_conv(features, features)
            layers[f"mrcnn_mask_bn{number}"] = batch_norm(features)
        layers["mrcnn_mask_deconv"] = nn.ConvTranspose2d(features, features, 2, 2)
        layers["mrcnn_mask"] = conv(features, CLASSES)
        super().__init__(layers)
        self.shape = shape

    def pyramid(self, x: Tensor) -> list[Tensor]:
        """Return the maps of the levels 2 to 5.

        Parameters
        ----------
        x : (N, 3, Y, X)
            Red, green, blue of `centred`; Y and X multiples of 64.
        """
        levels = resnet_levels(self, x, self.shape.resnet)
        maps: list[Tensor] = []
        merged: Tensor | None = None
        for level in reversed(LEVELS):
            reduced = self[f"fpn_c{level}p{level}"](levels[level - 1])
            merged = reduced if merged is None else reduced + F.interpolate(merged, scale_factor=2)
            maps.insert(0, self[f"fpn_p{level}"](merged))
        return maps

    def proposals(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return what each anchor says.

        Returns
        -------
        logits : (N, K, 2)
            Of background and object.
        deltas : (N, K, 4)
            See `boxes.moved`.
        """
        logits, deltas = [], []
        # A sixth level, for proposals alone.
        for x in (*maps, maps[-1][..., ::2, ::2]):
            shared = F.relu(self["rpn_conv_shared"](x))
            logits.append(_by_anchor(self["rpn_class_raw"](shared), 2))
            deltas.append(_by_anchor(self["rpn_bbox_pred"](shared), 4))
        return torch.cat(logits, 1).float(), torch.cat(deltas, 1).float()

    def classes(self, maps: Sequence[Tensor], boxes: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return what is in boxes, and where exactly.

        Parameters
        ----------
        maps
            Of `pyramid`.
        boxes
            Of each image, (K, 4).

        Returns
        -------
        logits, deltas : (sum of K, 2), (sum of K, 2, 4)
            By class.
        """
        x = cropped(maps, boxes, POOL)
        for number in (1, 2):
            x = self[f"mrcnn_class_conv{number}"](x)
            x = F.relu(self[f"mrcnn_class_bn{number}"](x))
        logits = self["mrcnn_class_logits"](x).flatten(1)
        return logits.float(), self["mrcnn_bbox_fc"](x).reshape(-1, CLASSES, 4).float()

    def masks(self, maps: Sequence[Tensor], boxes: Sequence[Tensor]) -> Tensor:
        """Draw nuclei in boxes; see `classes`.

        Returns
        -------
        (sum of K, 28, 28)
            Logits.
        """
        crops = cropped(maps, boxes, MASK_POOL)
        # Statistics are of all boxes, where they are learnt.
        parts = [crops] if self.training else crops.split(AT_ONCE)
        return torch.cat([self._masks(part) for part in parts])

    def _masks(self, x: Tensor) -> Tensor:
        for number in range(1, MASKS + 1):
            x = self[f"mrcnn_mask_conv{number}"](x)
            x = F.relu(self[f"mrcnn_mask_bn{number}"](x))
        return self["mrcnn_mask"](F.relu(self["mrcnn_mask_deconv"](x)))[:, 1].float()


def centred(x: Tensor) -> Tensor:
    """Bring red, green, blue (N, 3, Y, X) of 0..1 to what the network was trained on."""
    return 255 * x - x.new_tensor(MEAN)[:, None, None]


def cropped(maps: Sequence[Tensor], boxes: Sequence[Tensor], count: int) -> Tensor:
    """Sample boxes in the level that suits their size.

    Parameters
    ----------
    maps
        Of the levels 2 to 5.
    boxes
        Of each image, (K, 4).
    count
        Samples a side.

    Returns
    -------
    (sum of K, C, count, count)
    """
    channels = maps[0].shape[1]
    area = 16 * maps[0].shape[2] * maps[0].shape[3]
    found = []
    for image, of_image in enumerate(boxes):
        sides = of_image[:, 2:] - of_image[:, :2]
        scale = (sides.prod(1).sqrt() * math.sqrt(area) / 224).clamp(min=1e-9)
        levels = (4 + scale.log2().round()).clamp(LEVELS[0], LEVELS[-1])
        crops = maps[0].new_zeros((len(of_image), channels, count, count))
        for level, of_level in zip(LEVELS, maps, strict=True):
            here = (levels == level).nonzero()[:, 0]
            if len(here):
                y, x = (length - 1 for length in of_level.shape[2:])
                y1, x1, y2, x2 = of_image[here].T
                # The sampler takes last corners that are exclusive.
                corners = torch.stack([x1 * x, y1 * y, x2 * x + 1, y2 * y + 1], 1)
                crops = crops.index_copy(0, here, sample(of_level[image], corners, count))
        found.append(crops)
    return torch.cat(found)


def _by_anchor(x: Tensor, numbers: int) -> Tensor:
    return x.permute(0, 2, 3, 1).reshape(len(x), -1, numbers)


def _small(layer: nn.Conv2d) -> nn.Conv2d:
    """Draw weights so that a new network's answers are near 0."""
    nn.init.normal_(layer.weight, std=0.01)
    return layer
