"""Overlapping masks that a layer shows flattened, while a person paints on the layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from ..data.instances import as_labels
from ..data.rle import RLE, encode_labels, encode_pixels, pixels
from ..data.source import Region
from .live import Where
from .overlap import Overlap, check_shapes, overlap

Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Flattened:
    """Masks, and the label image that they were flattened to: mask i has id i + 1.

    Build it with `of`.

    Attributes
    ----------
    masks, ids : (N,)
        The masks that have a pixel in the region, and their ids, ascending.
    labels : (Y, X) int32
        What a layer shows of them while nobody has edited it.
    """

    masks: tuple[RLE, ...]
    ids: Int64
    labels: NDArray[np.int32]

    @classmethod
    def of(cls, instances: Instances, region: Region) -> Flattened:
        """Take the part of overlapping masks that lies in a region."""
        masks = instances.to_masks()
        cut = [cropped(mask, region) for mask in masks]
        ids = np.array([i + 1 for i, mask in enumerate(cut) if mask is not None], np.int64)
        kept = tuple(mask for mask in cut if mask is not None)
        return cls(kept, ids, np.ascontiguousarray(instances.to_labels()[region]))

    def objects(self, labels: NDArray[np.int32]) -> tuple[Instances, Int64]:
        """Return the objects of an edited layer, and their ids.

        An object that nobody has touched is its mask, also where another covers it; one whose
        pixels have changed is what the layer shows of it.
        """
        changed = labels != self.labels
        touched = np.union1d(labels[changed], self.labels[changed])
        keep = ~np.isin(self.ids, touched)
        drawn = np.where(np.isin(labels, touched), labels, 0) if changed.any() else None
        masks = [mask for mask, kept in zip(self.masks, keep, strict=True) if kept]
        ids = self.ids[keep]
        if drawn is not None:
            drawn_ids = np.unique(drawn[drawn > 0]).astype(np.int64)
            masks += encode_labels(drawn)
            ids = np.concatenate([ids, drawn_ids])
            order = np.argsort(ids)
            masks, ids = [masks[i] for i in order], ids[order]
        return Instances.from_masks(masks, (labels.shape[0], labels.shape[1])), ids


class LiveMasks:
    """The overlap of two images that are being edited, where at least one has overlapping masks.

    It takes the same edits as `LiveScore`, but compares in full after each.

    Parameters
    ----------
    truth, prediction : (Y, X) integer
        What the layers show.
    true_masks, masks
        The masks behind them; None where objects don't overlap.

    Raises
    ------
    InputError
        If the shapes differ, or an array is not a label image.
    """

    def __init__(
        self,
        truth: NDArray[Any],
        prediction: NDArray[Any],
        true_masks: Flattened | None = None,
        masks: Flattened | None = None,
    ) -> None:
        check_shapes(truth.shape, prediction.shape)
        self._labels = [np.array(as_labels(image)) for image in (truth, prediction)]
        self._masks = true_masks, masks
        self._overlap: Overlap | None = None

    def update(
        self,
        where: Where,
        *,
        truth: NDArray[Any] | int | None = None,
        prediction: NDArray[Any] | int | None = None,
    ) -> None:
        """Take over the present labels of some pixels; see `LiveScore.update`."""
        for image, values in zip(self._labels, (truth, prediction), strict=True):
            if values is not None:
                image[where] = values
        self._overlap = None

    @property
    def truth(self) -> Instances:
        """The true objects, in ascending order of their ids."""
        return self._objects(0)[0]

    @property
    def prediction(self) -> Instances:
        """The predicted objects, in ascending order of their ids."""
        return self._objects(1)[0]

    @property
    def overlap(self) -> Overlap:
        """The present overlap of the two images."""
        if self._overlap is None:
            (truth, true_ids), (prediction, ids) = self._objects(0), self._objects(1)
            both = overlap(truth, prediction)
            self._overlap = replace(both, truth_ids=true_ids, prediction_ids=ids)
        return self._overlap

    def _objects(self, side: int) -> tuple[Instances, Int64]:
        labels, masks = self._labels[side], self._masks[side]
        if masks is not None:
            return masks.objects(labels)
        found = Instances.from_labels(labels)
        return found, found.ids.astype(np.int64)


def cropped(mask: RLE, region: Region) -> RLE | None:
    """Return the part of a mask that lies in a region; None if there is none."""
    rows, columns = pixels(mask)
    (top, bottom), (left, right) = ((part.start, part.stop) for part in region)
    inside = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    height, width = bottom - top, right - left
    if not inside.any():
        return None
    return encode_pixels(rows[inside] - top, columns[inside] - left, (height, width))
