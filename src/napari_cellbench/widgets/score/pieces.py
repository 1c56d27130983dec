"""Masks without ids, of which the connected pieces are scored."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...data.instances import as_labels
from ...data.source import Plane, Region, whole
from ...scoring.pieces import Side, components
from .types import Comparison


@dataclass(frozen=True, eq=False, kw_only=True)
class Pieces(Plane):
    """A plane of a mask, which is read as its connected pieces, numbered from 1.

    Attributes
    ----------
    pieces : (Y, X) int32
        As they were when this was made.
    """

    pieces: NDArray[np.int32]

    @classmethod
    def of(cls, mask: Plane) -> Pieces:
        """Find the pieces of the whole plane."""
        found = components(as_labels(mask.read(whole(mask.shape)))).to_labels()
        return cls(mask.data, mask.leading, mask.trailing, pieces=found)

    def read(self, region: Region) -> NDArray[np.int32]:
        """Return a region of the pieces."""
        return self.pieces[region]


def in_pieces(comparison: Comparison, sides: Set[Side]) -> Comparison:
    """Take the pieces of truth or prediction, as they are now, for its objects."""
    if "truth" in sides:
        comparison = replace(comparison, truth=Pieces.of(comparison.truth), true_masks=None)
    if "prediction" in sides:
        found = Pieces.of(comparison.prediction)
        comparison = replace(comparison, prediction=found, masks=None, scores=None)
    return comparison
