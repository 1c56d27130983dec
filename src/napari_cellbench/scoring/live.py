"""Scores that follow a person's edits: only what a brush stroke changed is counted anew."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.instances import Instances, as_labels
from ..errors import InputError
from .coco import checked_scores
from .overlap import Overlap, check_shapes, from_table
from .score import Score, score_overlap

Where = tuple[slice | NDArray[np.integer[Any]], ...] | NDArray[np.bool_] | EllipsisType
"""Which pixels: slices, index arrays of rows and columns, or a boolean image."""


class LiveScore:
    """The score of two label images that are being edited.

    It equals that of `score` at all times. The images are copied: an edit counts once it is passed
    to `update`.

    Parameters
    ----------
    truth, prediction : (Y, X) integer
    scores : (N,)
        Confidence of each predicted object, in ascending order of the ids. Objects that are drawn
        later count with 1; an object keeps its confidence when it is painted over and comes back.

    Raises
    ------
    InputError
        If the shapes differ, an array is not a label image, or the scores don't fit.
    """

    def __init__(
        self,
        truth: NDArray[Any],
        prediction: NDArray[Any],
        scores: ArrayLike | None = None,
    ) -> None:
        from .table import count_labels, new_table

        check_shapes(truth.shape, prediction.shape)
        self._truth = np.array(as_labels(truth), order="C")
        self._prediction = np.array(as_labels(prediction), order="C")
        self._table, self._used = count_labels(
            self._truth.ravel(), self._prediction.ravel(), 1, new_table(), 0
        )
        self._scored_ids = self.overlap.prediction_ids
        self._scores = None if scores is None else checked_scores(scores, len(self._scored_ids))

    def update(
        self,
        where: Where,
        *,
        truth: NDArray[Any] | int | None = None,
        prediction: NDArray[Any] | int | None = None,
    ) -> None:
        """Take over the present labels of some pixels.

        Parameters
        ----------
        where
            Index of the pixels, as numpy takes it; none may be named twice.
        truth, prediction
            Their labels now, for the image that changed; one number stands for all.

        Raises
        ------
        InputError
            If the labels are no ids, or not as many as there are pixels.
        """
        from .table import count_labels

        before = self._truth[where].flatten(), self._prediction[where].flatten()
        for image, values in ((self._truth, truth), (self._prediction, prediction)):
            if values is not None:
                image[where] = _as_ids(values, image[where].shape)
        after = self._truth[where].ravel(), self._prediction[where].ravel()
        for (t, p), sign in ((before, -1), (after, 1)):
            self._table, self._used = count_labels(t, p, sign, self._table, self._used)

    @property
    def truth(self) -> Instances:
        """The true objects as they are now; later edits change them."""
        return Instances.from_labels(self._truth)

    @property
    def prediction(self) -> Instances:
        """The predicted objects as they are now; later edits change them."""
        return Instances.from_labels(self._prediction)

    @property
    def overlap(self) -> Overlap:
        """The present overlap of the two images."""
        return from_table(self._table)

    def score(self) -> Score:
        """Return the present score."""
        overlap = self.overlap
        if self._scores is None:
            return score_overlap(overlap)
        scores = np.ones(overlap.n_prediction)
        _, now, at_first = np.intersect1d(
            overlap.prediction_ids, self._scored_ids, assume_unique=True, return_indices=True
        )
        scores[now] = self._scores[at_first]
        return score_overlap(overlap, scores)


def _as_ids(values: NDArray[Any] | int, shape: tuple[int, ...]) -> NDArray[np.int32]:
    given = np.asarray(values)
    if given.ndim and given.shape != shape:
        raise InputError(f"Labels of shape {given.shape} for pixels of shape {shape}.")
    return as_labels(np.broadcast_to(given, shape).reshape(1, -1)).reshape(shape)
