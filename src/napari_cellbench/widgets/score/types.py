"""What the Score widget asks its thread, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Instances
from ...data.rle import RLE
from ...data.source import Plane, Region
from ...scoring import Score
from ...scoring.cell_errors import CellError as CellError
from ...scoring.coco import CocoResult
from ...scoring.overlap import Overlap
from ...scoring.pieces import Side
from ...scoring.selection import EVERYTHING, Selection


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is compared.

    Attributes
    ----------
    truth_layer, layer
        The layers of truth and prediction; only their identity is used.
    truth, prediction
        The planes that they show.
    region
        Rows and columns that count; None for all.
    scores
        Confidence of each object of the whole plane, in ascending order of the ids, if the method
        gave any.
    true_masks, masks
        Masks of the whole planes that the layers show flattened, if there are any.
    crowds
        Regions of many cells that the truth doesn't outline one by one.
    selection
        Which objects are left out.
    split
        What is scored by its connected pieces if it is a mask without ids.
    notes
        What was assumed, in sentences.
    """

    truth_layer: Any
    layer: Any
    truth: Plane
    prediction: Plane
    region: Region | None = None
    scores: tuple[float, ...] | None = None
    true_masks: Instances | None = None
    masks: Instances | None = None
    crowds: tuple[RLE, ...] = ()
    selection: Selection = EVERYTHING
    split: frozenset[Side] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Result:
    """Figures of a prediction.

    Attributes
    ----------
    ranked
        True where COCO's figures rank by the method's scores; False where all scores are 1.
    overlapping
        True where masks that overlap are compared, and not what the layers show of them.
    masks
        What are masks without ids, split or not.
    """

    layer: Any
    score: Score
    coco: CocoResult
    overlap: Overlap
    ranked: bool
    overlapping: bool
    masks: frozenset[Side] = frozenset()


@dataclass(frozen=True, eq=False)
class Failure:
    """Why a prediction can't be scored."""

    layer: Any
    message: str


@dataclass(frozen=True, eq=False)
class Focus:
    """The prediction whose errors are shown.

    Attributes
    ----------
    draw
        Whether the error map is shown, too.
    """

    layer: Any
    iou: float
    draw: bool


BOUNDARY = 2.0
"""Distance in pixels at which outlines count as the same."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """What is wrong with a prediction at an IoU threshold.

    Attributes
    ----------
    of
        What was compared: the pieces of a mask that is split.
    splits, merges
        By the Data Science Bowl's rule, at any threshold; those among the errors are by deepcell's.
    boundary_f
        Agreement of the outlines within `BOUNDARY` pixels; NaN where there are none.
    picture : (Y, X) uint8 or None
        The error map of the whole plane, where it was asked for.
    """

    of: Comparison
    iou: float
    errors: list[CellError]
    splits: int
    merges: int
    boundary_f: float
    picture: NDArray[np.uint8] | None
