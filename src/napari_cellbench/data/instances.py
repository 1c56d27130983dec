"""Segmented objects: a label image, or masks that may overlap, with scores where there are any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from ..errors import InputError
from .ids import count_pixels
from .rle import RLE as RLE
from .rle import encode_labels, pixels

Labels = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Instances:
    """The objects of one image; build it with `from_labels` or `from_masks`.

    Attributes
    ----------
    shape
        Height and width of the image in pixels.
    labels : (Y, X) int32 or None
        Objects that don't overlap; 0 is background. None where `masks` are given.
    masks
        Objects that may overlap, in COCO RLE. None where `labels` are given.
    scores : (N,) float32 or None
        Confidence of each object, in the order of `ids` or of `masks`.
    """

    shape: tuple[int, int]
    labels: Labels | None = None
    masks: tuple[RLE, ...] | None = None
    scores: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if (self.labels is None) == (self.masks is None):
            raise ValueError("Give either labels or masks.")
        if self.scores is not None and len(self.scores) != len(self):
            raise InputError(f"{len(self)} objects but {len(self.scores)} scores.")

    @classmethod
    def from_labels(cls, labels: NDArray[Any], scores: Iterable[float] | None = None) -> Instances:
        """Take a label image.

        Parameters
        ----------
        labels : (Y, X) integer
            0 is background; ids need not be consecutive.
        scores
            One number per id, in ascending order of the ids.

        Raises
        ------
        InputError
            If the array isn't 2-D, isn't integer, or has ids below 0 or beyond int32.
        """
        checked = as_labels(labels)
        shape = (int(checked.shape[0]), int(checked.shape[1]))
        return cls(shape, labels=checked, scores=_scores(scores))

    @classmethod
    def from_masks(
        cls,
        masks: Sequence[RLE] | NDArray[np.bool_],
        shape: tuple[int, int],
        scores: Iterable[float] | None = None,
    ) -> Instances:
        """Take masks that may overlap: COCO RLE, or a (N, Y, X) boolean array."""
        if isinstance(masks, np.ndarray):
            encoded = coco_mask.encode(np.asfortranarray(masks.transpose(1, 2, 0), np.uint8))
        else:
            encoded = list(masks)
        for mask in encoded:
            if tuple(mask["size"]) != tuple(shape):
                raise InputError(f"A mask of {mask['size']} pixels in an image of {list(shape)}.")
        return cls((int(shape[0]), int(shape[1])), masks=tuple(encoded), scores=_scores(scores))

    @cached_property
    def ids(self) -> NDArray[np.int32]:
        """Ids in the label image, ascending; 1..N for masks."""
        if self.masks is not None:
            return np.arange(1, len(self.masks) + 1, dtype=np.int32)
        assert self.labels is not None
        return count_pixels(self.labels)[0]

    def __len__(self) -> int:
        return len(self.ids)

    def to_labels(self) -> Labels:
        """Return a label image; where masks overlap the higher score wins, then the earlier.

        Returns
        -------
        (Y, X) int32
            Mask i has label i + 1.
        """
        if self.labels is not None:
            return self.labels
        assert self.masks is not None
        out = np.zeros(self.shape, np.int32)
        rank = np.arange(len(self))
        if self.scores is not None:
            rank = np.argsort(-self.scores, kind="stable")
        for i in rank[::-1]:
            out[pixels(self.masks[i])] = i + 1
        return out

    def to_masks(self) -> tuple[RLE, ...]:
        """Return every object in COCO RLE, in the order of `ids`."""
        if self.masks is not None:
            return self.masks
        assert self.labels is not None
        return encode_labels(self.labels)


def as_labels(labels: NDArray[Any]) -> Labels:
    """Return a label image as int32, or say what is wrong with it.

    Raises
    ------
    InputError
        If it isn't (Y, X), isn't integer-valued, or has ids below 0 or beyond int32.
    """
    if labels.ndim != 2:
        raise InputError(f"Labels must be (Y, X), not {labels.shape}.")
    if labels.dtype.kind == "b":
        return labels.astype(np.int32)
    if labels.dtype.kind == "f":
        if not np.isfinite(labels).all() or (labels != np.round(labels)).any():
            raise InputError("Labels must be whole numbers: is this an image instead?")
    elif labels.dtype.kind not in "iu":
        raise InputError(f"Labels must be integers, not {labels.dtype}.")
    if labels.size and (labels.min() < 0 or labels.max() > np.iinfo(np.int32).max):
        raise InputError("Labels must be between 0 and 2147483647.")
    return labels.astype(np.int32, copy=False)


def _scores(scores: Iterable[float] | None) -> NDArray[np.float32] | None:
    return None if scores is None else np.asarray(list(scores), np.float32)
