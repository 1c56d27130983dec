"""What the layers show now, as objects: results that may have been corrected, and the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...compare.tabulate import Result, Truth
from ...data import Instances
from ...data.instances import as_labels
from ...data.rle import RLE
from ...data.source import Plane, Region, whole
from ...scoring.flattened import Flattened, cropped
from ..layer_source import full_resolution, spatial_shape
from ..score.layers import PER_OBJECT, masks_of, of_plane, record_of
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
        return Instances(found.shape, found.labels, found.masks, np.float32(self.scores))

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


def compared_index(results: Results) -> Index:
    """Return the plane that the results are of; None for every plane."""
    for item in results.done():
        index = record_of(item.layer).get("index")
        if index is not None:
            return tuple(index)
    return None


def region_of(layer: Any) -> Region | None:
    """Return the rows and columns that a result's layer covers; None for all."""
    region = record_of(layer).get("region")
    if region is None:
        return None
    rows, columns = (slice(*bounds) for bounds in region)
    return rows, columns


@dataclass(frozen=True, eq=False)
class ShownItem:
    """A result with the planes of its layer and, if there is one that fits, of the truth.

    Read the layers in napari's thread with `of`, and the objects in any.

    Attributes
    ----------
    record
        How the result came about.
    problem
        Why it can't be compared with the truth; empty if it can, or there is none.
    """

    item: Item
    planes: list[ShownPlane]
    true_planes: list[ShownPlane]
    truth_name: str
    record: Mapping[str, Any]
    problem: str = ""

    @classmethod
    def of(cls, item: Item, results: Results) -> ShownItem:
        """Take what a result shows now."""
        layer, truth = item.layer, results.truth
        name = truth.name if truth is not None else ""
        if layer is None:
            return cls(item, [], [], name, {})
        record = record_of(layer)
        index: Index = tuple(record["index"]) if record.get("index") is not None else None
        if item.entry is None and index is None and len(spatial_shape(layer)) > 2:
            index = compared_index(results)
        planes = shown_planes(layer, index, region_of(layer))
        plain = {key: value for key, value in record.items() if key not in PER_OBJECT}
        if truth is None:
            return cls(item, planes, [], name, plain)
        if spatial_shape(truth) != spatial_shape(layer):
            problem = (
                f"{truth.name} is {_size(truth)}, {layer.name} is {_size(layer)}: choose a truth "
                "of the image's size."
            )
            return cls(item, planes, [], name, plain, problem)
        return cls(item, planes, shown_planes(truth, index, region_of(layer)), name, plain)

    def result(self) -> Result:
        """Read the objects of the result."""
        status = self.item.status if self.item.entry is not None else None
        planes = tuple(plane.objects() for plane in self.planes)
        return Result(self.item.name, status, planes, self.record)

    def truth(self) -> Truth | None:
        """Read the objects of the truth; None without."""
        if not self.true_planes:
            return None
        return Truth(
            self.truth_name,
            tuple(plane.objects() for plane in self.true_planes),
            tuple(plane.crowded() for plane in self.true_planes),
        )


def _size(layer: Any) -> str:
    return " x ".join(map(str, spatial_shape(layer)))
