"""What a network of detectron2 expects of its input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ...data import Role
from ...errors import CheckpointError
from ..shared.detector_settings import DetectorSettings
from ..shared.preprocessing import PREPROCESSINGS, WINDOW, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

Order = Literal["RGB", "BGR"]
"""Of the channels: a network sees (nucleus, whole cell, nothing) in this order, or reversed."""

COCO = ((123.68, 116.779, 103.939), (58.393, 57.12, 57.375))
"""Mean and deviation of photographs, red, green and blue: of ResNeSt, and of what is new here."""
LIVECELL = ((128.0,) * 3, (11.578,) * 3)
"""The same of LIVECell's images, which SegGal took for all."""
SHORT_SIDE = 800
"""Pixels to which the shorter side of SegGal's windows was enlarged."""


@dataclass(frozen=True)
class InputSettings(DetectorSettings):
    """How images are prepared for a network.

    Attributes
    ----------
    mean, std
        In the order of the network's channels.
    order
        Of the channels.
    count
        Channels of the images that it was trained on: 1 or 2; None where unknown.
    """

    order: Order = "RGB"
    count: int | None = None

    @classmethod
    def of_seggal(cls, order: Order, count: int | None = None) -> InputSettings:
        """Return what SegGal's checkpoints were trained with.

        Parameters
        ----------
        order
            Of the method.
        count
            Channels, where the file tells.
        """
        return cls(*LIVECELL, scale=SHORT_SIDE / WINDOW, order=order, count=count)

    @classmethod
    def fresh(cls, order: Order, roles: Sequence[Role], scale: float, window: int) -> InputSettings:
        """Return the settings of a network that is new to cells."""
        mean, std = (values if order == "RGB" else values[::-1] for values in COCO)
        return cls(mean, std, tuple(roles), "percentiles", scale, window, order)

    def normalising_as(self, beside: Mapping[str, Tensor]) -> InputSettings:
        """Return the settings with the mean and deviation that a file of detectron2 may name.

        Parameters
        ----------
        beside
            ``pixel_mean`` and ``pixel_std``, (3, 1, 1), where it has them.

        Raises
        ------
        CheckpointError
            If they can't be used.
        """
        mean, std = (
            tuple(beside[name].flatten().tolist()) if name in beside else known
            for name, known in (("pixel_mean", self.mean), ("pixel_std", self.std))
        )
        changed = replace(self, mean=mean, std=std)
        if not changed._is_whole():
            raise CheckpointError("The checkpoint's mean or deviation of intensities is damaged.")
        return changed

    def how(self, asked: str, role: Role, *, is_8_bit: bool) -> Preprocessing:
        """Return how an image is prepared.

        Parameters
        ----------
        asked
            By the user; "checkpoint" leaves it to the checkpoint.
        role
            What the first channel shows. Mean and deviation of SegGal's are those of LIVECell's
            images as they are, which are phase contrast of 8 bits; stains were prepared as
            Mesmer's.
        is_8_bit
            Whether intensities are 0..255 as they are.
        """
        if asked != "checkpoint":
            return next(how for how in PREPROCESSINGS if how == asked)
        if self.preprocessing is not None:
            return self.preprocessing
        if role != "phase":
            return "as Mesmer"
        return "none" if is_8_bit else "minimum and maximum"

    def _is_whole(self) -> bool:
        return (
            super()._is_whole()
            and len(self.mean) == 3
            and self.order in ("RGB", "BGR")
            and self.count in (1, 2, None)
        )
