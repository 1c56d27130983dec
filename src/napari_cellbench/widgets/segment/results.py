"""Result layers: on the image that the run was started from, with their provenance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..layer_source import Input
from .run import Outcome

if TYPE_CHECKING:
    from napari.layers import Labels


@dataclass(frozen=True, eq=False)
class Place:
    """Where a result belongs, remembered when the run starts: the layer may go before it ends."""

    image: str
    scale: Any
    translate: Any
    units: Any
    metadata: dict[str, Any]

    @classmethod
    def of(cls, started_from: Input) -> Place:
        """Remember the first layer's place in the world."""
        layer = started_from.first
        own = dict(layer.metadata.get("cellbench", {}))
        return cls(layer.name, layer.scale, layer.translate, layer.units, own)


def add_result(viewer: Any, place: Place, outcome: Outcome, title: str) -> Labels:
    """Add a labels layer.

    Parameters
    ----------
    viewer
        napari's viewer.
    place
        Where it belongs.
    outcome
        The labels, and how they came about.
    title
        Name of method and checkpoint.
    """
    of_image = ("sample", "samples", "group")
    record = {
        **{key: place.metadata[key] for key in of_image if key in place.metadata},
        **outcome.provenance,
        "truth": False,
    }
    if outcome.scores is not None:
        record["scores"] = outcome.scores
    if outcome.masks is not None:
        record["masks"] = outcome.masks
    name = f"{title} · {place.image}" + (" (partial)" if outcome.partial else "")
    n = outcome.labels.ndim
    layer: Labels = viewer.add_labels(
        outcome.labels,
        name=name,
        scale=place.scale[-n:],
        translate=place.translate[-n:],
        units=place.units[-n:],
        metadata={"cellbench": record},
    )
    return layer
