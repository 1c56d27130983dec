"""Result layers: on the image that the run was started from, with their provenance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from ...data.images import IMAGE_SUFFIXES
from ...data.instances import RLE, Instances
from ...data.record import noted, record_of
from ...data.source import Region
from ...engine import Segmentation
from ...engine.linking import link_planes
from .placement import placement
from .source import Input


@dataclass(frozen=True, eq=False)
class Found:
    """What a run gave: labels of the whole input's shape, and the record.

    Attributes
    ----------
    labels : (..., Y, X) int32
    provenance
        See `napari_cellbench.engine.provenance`.
    partial
        True if the run was cancelled after some planes.
    scores
        One per label of a single plane, where the method gives them.
    masks
        What the labels of a single whole plane show flattened, where the method gives objects that
        may overlap; in COCO RLE.
    """

    labels: NDArray[np.int32]
    provenance: dict[str, Any]
    partial: bool = False
    scores: list[float] | None = None
    masks: list[RLE] | None = None


class Assembly:
    """Labels of an input's shape, to which planes are added as they are done.

    Parameters
    ----------
    of
        What is segmented.
    index
        The plane that is; None for every plane, in the order of `Input.indices`.
    """

    def __init__(self, of: Input, index: tuple[int, ...] | None) -> None:
        self._of, self._index = of, index
        self._indices = list(of.indices(index))
        self._labels = np.zeros(of.shape, np.int32)
        self._records: list[dict[str, Any]] = []
        self._last: Instances | None = None

    @property
    def started(self) -> bool:
        """Whether a plane was added."""
        return self._last is not None

    def add(self, plane: Segmentation) -> None:
        """Take the next plane in."""
        region: Region = self._of.region or (slice(None), slice(None))
        self._labels[self._indices[len(self._records)]][region] = plane.instances.to_labels()
        self._records.append(plane.provenance)
        self._last = plane.instances

    def found(self, *, link: bool = False) -> Found:
        """Return what was added, one plane at least; fewer than were asked for are partial.

        Parameters
        ----------
        link
            Whether objects keep their label from plane to plane.
        """
        last, labels = self._last, self._labels
        assert last is not None
        link = link and len(self._indices) > 1
        if link:
            flat = labels.reshape(-1, *labels.shape[-2:])
            flat[:] = link_planes(list(flat))
        alone = len(self._indices) == 1
        overlapping = last.masks is not None and last.shape == labels.shape
        return Found(
            labels,
            self._summary(link),
            partial=len(self._records) < len(self._indices),
            scores=last.scores.tolist() if alone and last.scores is not None else None,
            masks=list(last.masks or ()) if overlapping else None,
        )

    def _summary(self, link: bool) -> dict[str, Any]:
        summary = dict(self._records[0])
        summary["seconds"] = round(sum(record["seconds"] for record in self._records), 3)
        summary["n_objects"] = sum(record["n_objects"] for record in self._records)
        if self._labels.ndim > 2:
            summary["planes"] = len(self._records)
            summary["index"] = list(self._index) if self._index is not None else None
            summary["linked"] = link
        if self._of.region is not None:
            summary["region"] = [[s.start, s.stop] for s in self._of.region]
        return summary


@dataclass(frozen=True, eq=False)
class Place:
    """Where a result belongs, remembered when the run starts: the layer may go before it ends."""

    image: str
    options: dict[str, Any]
    metadata: dict[str, Any]
    file: str = ""

    @classmethod
    def of(cls, started_from: Input) -> Place:
        """Remember the first layer's place in the world."""
        layer = started_from.first
        own = dict(record_of(layer))
        path = Path(layer.source.path or "")
        file = path.name if path.suffix.lower() in IMAGE_SUFFIXES else ""
        return cls(layer.name, placement(layer), own, file)

    def record(self) -> dict[str, Any]:
        """Return what is noted of any labels of this image."""
        of_image = ("sample", "samples", "group")
        record = {key: self.metadata[key] for key in of_image if key in self.metadata}
        if self.file:
            # Other programs find the image by its file's name, not by the layer's.
            record["image"] = self.file
        return {**record, "truth": False}


def empty_layer(place: Place, shape: tuple[int, ...]) -> Labels:
    """Make a labels layer without cells, for `viewer.add_layer`.

    Parameters
    ----------
    place
        Where it belongs.
    shape
        Of the image, without its colours.
    """
    record = {"image": place.image, **place.record()}
    name = f"{place.image} · cells"
    return Labels(np.zeros(shape, np.int32), name=name, metadata=noted(record), **place.options)


def result_layer(place: Place, found: Found, title: str) -> Labels:
    """Make the layer of a result, for `viewer.add_layer`.

    Parameters
    ----------
    place
        Where it belongs.
    found
        The labels, and how they came about.
    title
        Name of method and checkpoint.
    """
    record = {**found.provenance, **place.record()}
    if found.scores is not None:
        record["scores"] = found.scores
    if found.masks is not None:
        record["masks"] = found.masks
    name = f"{title} · {place.image}" + (" (partial)" if found.partial else "")
    # A plugin's viewer would make a proxy of a layer, which is not the layer itself.
    return Labels(found.labels, name=name, metadata=noted(record), **place.options)
