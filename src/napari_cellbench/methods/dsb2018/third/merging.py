"""From masks of one view or of many to cells that don't overlap.

Source: the write-up of Deep Retina, third place of the Data Science Bowl 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]

LOST = 0.7
"""Share of its pixels that a mask may lose to others."""
SAME = 0.6
"""Overlap (IoU) from which masks of two views are of one nucleus."""
VOTES = 4
"""Views that must have more than so many of a pixel, of fifteen."""


@dataclass(eq=False)
class Piece:
    """A mask in its box, with how many views drew each of its pixels.

    Attributes
    ----------
    box
        y1, x1, y2, x2 in pixels, the last ones exclusive.
    votes : (y2 - y1, x2 - x1) integer
        Above 0 where it is.
    score
        Of the view that was most certain.
    """

    box: tuple[int, int, int, int]
    votes: NDArray[np.int16]
    score: float

    @property
    def place(self) -> tuple[slice, slice]:
        """Where the box is in the image."""
        y1, x1, y2, x2 = self.box
        return slice(y1, y2), slice(x1, x2)


def piece_of(mask: Mask, score: float) -> Piece | None:
    """Cut a mask (Y, X) out of its image; None if it is empty."""
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    if not len(rows):
        return None
    y1, y2, x1, x2 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return Piece((y1, x1, y2, x2), mask[y1:y2, x1:x2].astype(np.int16), score)


def merged(views: Sequence[Sequence[Piece]]) -> list[Piece]:
    """Add up the votes of views, one after the other; what is new is appended."""
    found: list[Piece] = []
    for view in views:
        known = len(found)
        for piece in view:
            overlaps = [_overlap(one, piece) for one in found[:known]]
            best = int(np.argmax(overlaps)) if overlaps else 0
            if overlaps and overlaps[best] >= SAME:
                found[best] = _sum(found[best], piece)
            else:
                found.append(piece)
    return found


def voted(pieces: Sequence[Piece], most: int) -> list[Piece]:
    """Keep the pixels of more than `most` votes, and what then is left of each piece."""
    kept = []
    for piece in pieces:
        inner = piece_of(piece.votes > most, piece.score)
        if inner is not None:
            y, x = piece.box[:2]
            y1, x1, y2, x2 = inner.box
            kept.append(Piece((y1 + y, x1 + x, y2 + y, x2 + x), inner.votes, piece.score))
    return kept


def by_score(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the most certain first."""
    return sorted(pieces, key=lambda piece: -piece.score)


def by_size(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the largest first."""
    return sorted(pieces, key=lambda piece: -int((piece.votes > 0).sum()))


def drawn(
    pieces: Sequence[Piece], shape: tuple[int, int], dilation: int, min_size: int
) -> tuple[Labels, NDArray[np.float32]]:
    """Draw pieces as labels: what several want is the first one's.

    Parameters
    ----------
    pieces
        In the order in which they are drawn; one that loses more than 70 % goes.
    shape
        Of the image.
    dilation
        Steps by which each grows, before the others are drawn.
    min_size
        Cells of fewer pixels are dropped.

    Returns
    -------
    labels : (Y, X) int32
        1..N; 0 is background.
    scores : (N,) float32
    """
    from scipy.ndimage import binary_dilation

    labels, scores = np.zeros(shape, np.int32), []
    for piece in pieces:
        y1, x1, y2, x2 = piece.box
        seen = (
            slice(max(0, y1 - dilation), min(shape[0], y2 + dilation)),
            slice(max(0, x1 - dilation), min(shape[1], x2 + dilation)),
        )
        cell = np.zeros(labels[seen].shape, bool)
        top, left = y1 - seen[0].start, x1 - seen[1].start
        cell[top : top + y2 - y1, left : left + x2 - x1] = piece.votes > 0
        if dilation:
            cell = binary_dilation(cell, iterations=dilation)
        free = cell & (labels[seen] == 0)
        rest, whole = int(free.sum()), int(cell.sum())
        if rest >= max(1, min_size) and whole - rest <= LOST * whole:
            scores.append(piece.score)
            labels[seen][free] = len(scores)
    return labels, np.array(scores, np.float32)


def _shared(first: Piece, second: Piece) -> tuple[slice, slice] | None:
    """Return where two boxes meet."""
    y1, x1 = (max(first.box[n], second.box[n]) for n in (0, 1))
    y2, x2 = (min(first.box[n], second.box[n]) for n in (2, 3))
    return (slice(y1, y2), slice(x1, x2)) if y1 < y2 and x1 < x2 else None


def _cut(piece: Piece, place: tuple[slice, slice]) -> Mask:
    y, x = piece.box[:2]
    rows, columns = place
    inner = piece.votes[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
    return np.asarray(inner > 0)


def _overlap(first: Piece, second: Piece) -> float:
    place = _shared(first, second)
    if place is None:
        return 0.0
    both = float((_cut(first, place) & _cut(second, place)).sum())
    return both / (float((first.votes > 0).sum() + (second.votes > 0).sum()) - both)


def _sum(first: Piece, second: Piece) -> Piece:
    y1, x1 = (min(first.box[n], second.box[n]) for n in (0, 1))
    y2, x2 = (max(first.box[n], second.box[n]) for n in (2, 3))
    votes = np.zeros((y2 - y1, x2 - x1), np.int16)
    for piece in (first, second):
        rows, columns = piece.place
        votes[rows.start - y1 : rows.stop - y1, columns.start - x1 : columns.stop - x1] += (
            piece.votes
        )
    return Piece((y1, x1, y2, x2), votes, max(first.score, second.score))
