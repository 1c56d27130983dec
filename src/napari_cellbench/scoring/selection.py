"""Which objects are scored: some evaluations leave out what the image's edge cuts, or by size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from ..data import Instances
from ..errors import InputError
from .overlap import Overlap

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Selection:
    """What is left out of truth and prediction, of each by itself.

    So a true object can be left out while its prediction counts as false, as in the official
    evaluation of the NeurIPS 2022 cell segmentation challenge, which leaves out all objects with a
    pixel among the two outermost rows and columns (its ``compute_metric.py``). That evaluation cuts
    images of more than 25 million pixels into tiles of 2000 pixels first; here they stay whole.

    Attributes
    ----------
    edge
        Objects with a pixel among so many outermost rows or columns are left out.
    smallest, largest
        Objects with fewer or more pixels are left out; None for no limit.

    Raises
    ------
    InputError
        If a number is below 0, or the largest is below the smallest.
    """

    edge: int = 0
    smallest: int = 0
    largest: int | None = None

    def __post_init__(self) -> None:
        largest = self.largest if self.largest is not None else self.smallest
        if min(self.edge, self.smallest, largest) < 0:
            raise InputError("The edge and the limits of size must be 0 pixels or more.")
        if largest < self.smallest:
            raise InputError(
                f"No object is at least {self.smallest} and at most {largest} pixels large: "
                "exchange the limits of size."
            )

    def __bool__(self) -> bool:
        return self != EVERYTHING

    def keeps(self, objects: Instances, ids: NDArray[np.int64], areas: NDArray[np.int64]) -> Bool:
        """Tell which objects count.

        Parameters
        ----------
        objects
            All of them.
        ids, areas : (N,)
            As an `Overlap` has them.
        """
        keep = areas >= self.smallest
        if self.largest is not None:
            keep &= areas <= self.largest
        if self.edge:
            keep &= ~self._at_edge(objects, ids)
        return keep

    def apply(
        self,
        overlap: Overlap,
        truth: Instances,
        prediction: Instances,
        scores: NDArray[np.float64] | None = None,
        crowds: Overlap | None = None,
    ) -> tuple[Overlap, NDArray[np.float64] | None, Overlap | None]:
        """Return overlaps and scores of what counts; see `matches_of`."""
        if not self:
            return overlap, scores, crowds
        true = self.keeps(truth, overlap.truth_ids, overlap.truth_area)
        found = self.keeps(prediction, overlap.prediction_ids, overlap.prediction_area)
        return (
            overlap.only(true, found),
            None if scores is None else scores[found],
            None if crowds is None else crowds.only(np.ones(crowds.n_truth, bool), found),
        )

    def describe(self) -> str:
        """Say what is left out, in a sentence; empty if nothing is."""
        parts = []
        if self.edge:
            pixels = "pixel" if self.edge == 1 else f"{self.edge} pixels"
            parts.append(f"that reach the outermost {pixels} of the image")
        if self.smallest:
            parts.append(f"of fewer than {self.smallest:,} pixels")
        if self.largest is not None:
            parts.append(f"of more than {self.largest:,} pixels")
        if not parts:
            return ""
        return f"Left out of truth and prediction: objects {', and those '.join(parts)}."

    def _at_edge(self, objects: Instances, ids: NDArray[np.int64]) -> Bool:
        height, width = objects.shape
        near = self.edge
        if objects.labels is not None:
            labels = objects.labels
            sides = (
                labels[:near],
                labels[max(height - near, 0) :],
                labels[:, :near],
                labels[:, max(width - near, 0) :],
            )
            return np.isin(ids, np.unique(np.concatenate([side.ravel() for side in sides])))
        boxes = np.array([coco_mask.toBbox(mask) for mask in objects.masks or ()]).reshape(-1, 4)
        start, size = boxes[:, :2], boxes[:, 2:]
        outside = (start < near) | (start + size > np.array([width, height]) - near)
        at_edge: Bool = outside.any(axis=1) & (size[:, 0] > 0)
        return at_edge


EVERYTHING = Selection()
