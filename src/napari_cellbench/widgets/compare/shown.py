"""What the layers show now, as objects: results that may have been corrected, and the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...compare.tabulate import Result, Truth
from ...data import Instances
from ...data.instances import as_labels
from ...data.record import record_of
from ...data.rle import RLE
from ...data.source import Plane, Region, whole
from ...errors import InputError
from ...scoring.flattened import Flattened, cropped
from ...scoring.selection import EVERYTHING, Selection
from ..layers.placement import check_together
from ..layers.source import full_resolution, spatial_shape
from ..score.layers import PER_OBJECT, check_truth, has_truth, masks_of, of_plane
from .results import Item, Results

Index = tuple[int, ...] | None
"""A plane of a stack; None for every plane."""


@dataclass(frozen=True, eq=False)
class ShownPlane:
    """A plane of a labels layer; it is read when `objects` is called, in whatever thread.

    Attributes
    ----------
    region
        Rows and columns that count.
    masks
        What the layer shows flattened, if that overlaps.
    scores
        One for each object of the whole plane, where the method gave them.
    crowds
        Regions of many cells that are not outlined one by one.
    """

    plane: Plane
    region: Region
    masks: Instances | None = None
    scores: tuple[float, ...] | None = None
    crowds: tuple[RLE, ...] = ()

    def objects(self) -> Instances:
        """Return the objects as they are now; scores count while there are as many objects."""
        labels = as_labels(self.plane.read(self.region))
        if self.masks is not None:
            found = Flattened.of(self.masks, self.region).objects(labels)[0]
        else:
            found = Instances.from_labels(np.ascontiguousarray(labels))
        if self.scores is None or len(self.scores) != len(found):
            return found
        return Instances(found.shape, found.labels, found.masks, np.array(self.scores, np.float32))

    def crowded(self) -> Instances | None:
        """Return the crowd regions; None without."""
        cut = [cropped(mask, self.region) for mask in self.crowds]
        masks = [mask for mask in cut if mask is not None]
        rows, columns = self.region
        shape = rows.stop - rows.start, columns.stop - columns.start
        return Instances.from_masks(masks, shape) if masks else None


def shown_planes(layer: Any, index: Index, region: Region | None) -> list[ShownPlane]:
    """Return planes of a labels layer.

    Parameters
    ----------
    layer
        The layer.
    index
        Which plane.
    region
        Rows and columns that count; None for all.
    """
    data, shape = full_resolution(layer), spatial_shape(layer)
    record = record_of(layer)
    made = []
    for at in np.ndindex(shape[:-2]) if index is None else [index]:
        plane = Plane(data, at)
        masks = masks_of(layer, plane)
        # Scores of a stack's layer belong to the one plane that was segmented.
        own = not at or list(at) == record.get("index")
        scores = tuple(record["scores"]) if own and record.get("scores") is not None else None
        crowds = tuple(of_plane(layer, "crowds", plane))
        made.append(ShownPlane(plane, region or whole(plane.shape), masks, scores, crowds))
    return made


def region_of(layer: Any) -> Region | None:
    """Return the rows and columns that a result's layer covers; None for all."""
    region = record_of(layer).get("region")
    if region is None:
        return None
    rows, columns = (slice(*bounds) for bounds in region)
    return rows, columns


def where_of(item: Item, results: Results) -> tuple[Index, Region | None]:
    """Return the plane and the region that a result is of.

    A layer that no run has made is compared where the runs were.
    """
    run = item
    if item.entry is None:
        run = next((one for one in results.done() if one.entry is not None), item)
    index = record_of(run.layer).get("index")
    return None if index is None else tuple(index), region_of(run.layer)


@dataclass(frozen=True, eq=False)
class ShownItem:
    """A result with the planes of its layer and, if there is one that fits, of the truth.

    Read the layers in napari's thread with `of`, and the objects in any.

    Attributes
    ----------
    true_planes
        Those that have truth.
    numbers
        Which of the planes they are; None for all.
    record
        How the result came about.
    selection
        Which objects scores leave out.
    problem
        Why it can't be compared with the truth; empty if it can, or there is none.
    """

    item: Item
    planes: list[ShownPlane]
    true_planes: list[ShownPlane]
    truth_name: str
    record: Mapping[str, Any]
    numbers: tuple[int, ...] | None = None
    selection: Selection = EVERYTHING
    problem: str = ""

    @classmethod
    def of(cls, item: Item, results: Results) -> ShownItem:
        """Take what a result shows now."""
        layer, truth = item.layer, results.truth
        name = truth.name if truth is not None else ""
        if layer is None:
            return cls(item, [], [], name, {})
        index, region = where_of(item, results)
        record = {k: value for k, value in record_of(layer).items() if k not in PER_OBJECT}
        planes = shown_planes(layer, index, region)
        if truth is None:
            return cls(item, planes, [], name, record)
        if spatial_shape(truth) != spatial_shape(layer):
            problem = (
                f"{truth.name} is {_size(truth)}, {layer.name} is {_size(layer)}: choose a truth "
                "of the image's size."
            )
            return cls(item, planes, [], name, record, problem=problem)
        true_planes = shown_planes(truth, index, region)
        try:
            check_together(layer, truth, spatial_shape(layer))
            numbers = _with_truth(truth, true_planes)
        except InputError as error:
            return cls(item, planes, [], name, record, problem=str(error))
        known = [true_planes[number] for number in numbers]
        return cls(item, planes, known, name, record, numbers, results.selection)

    def result(self, *, corrected: bool = False) -> Result:
        """Read the objects of the result; `corrected` tells whether they were edited."""
        item = self.item
        status = item.status if item.entry is not None else None
        planes = tuple(plane.objects() for plane in self.planes)
        return Result(item.name, status, planes, self.record, item.entry, corrected)

    def truth(self) -> Truth | None:
        """Read the objects of the truth; None without."""
        if not self.true_planes:
            return None
        return Truth(
            self.truth_name,
            tuple(plane.objects() for plane in self.true_planes),
            tuple(plane.crowded() for plane in self.true_planes),
            self.selection,
            self.numbers,
        )


def _with_truth(truth: Any, planes: Sequence[ShownPlane]) -> tuple[int, ...]:
    """Return which planes of a truth layer somebody annotated.

    Raises
    ------
    InputError
        If nobody annotated any.
    """
    known = [n for n, plane in enumerate(planes) if has_truth(truth, plane.plane.leading)]
    if not known and len(planes) > 1:
        raise InputError(f"None of the {len(planes):,} planes has truth: they are not scored.")
    if not known:
        check_truth(truth, planes[0].plane.leading)
    return tuple(known)


def _size(layer: Any) -> str:
    return " x ".join(map(str, spatial_shape(layer)))
