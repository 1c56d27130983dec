"""The Adjust widget's layers: their scale, the truth that goes with them, and the result."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from napari.layers import Labels

from ...data.record import noted, record_of
from ..layers.pixels import pixel_size
from ..layers.placement import placement
from ..score.layers import PER_OBJECT, is_truth
from .order import Applied

KEPT = ("sample", "samples", "group", "groups", "target")
"""What a result's record takes over from its source's."""


def is_adjustable(layer: Any) -> bool:
    """Tell whether a layer can be chosen: labels, but no preview or error map."""
    record = record_of(layer)
    return isinstance(layer, Labels) and not (record.get("preview") or record.get("error_map"))


def pixel_width(layer: Any) -> float | None:
    """Return the width of a layer's pixels in micrometres, the unit of `spacing`, if known."""
    size = pixel_size(layer)
    return size.x if size else None


def spacing(layer: Any, axes: int) -> tuple[float, ...]:
    """Return the size of a pixel along the last axes, in pixels of the last one.

    Axes of other units than the last one's, such as a stack of images, count as 1.
    """
    last, unit = abs(layer.scale[-1]), layer.units[-1]
    pairs = zip(layer.scale[-axes:], layer.units[-axes:], strict=True)
    return tuple(float(abs(step) / last) if own == unit else 1.0 for step, own in pairs)


def add_adjusted(
    viewer: Any, source: Any, mask: Any, applied: Applied, size: float | None, *, every: bool
) -> Labels:
    """Add the result as a layer, with what was done in ``metadata["cellbench"]``.

    Parameters
    ----------
    viewer
        napari's viewer.
    source, mask
        The layer that was adjusted, and the one that it was kept in, if any.
    applied
        The result.
    size
        Width of a pixel in micrometres, if known.
    every
        Whether every plane was adjusted.
    """
    order, own = applied.order, record_of(source)
    distance = order.distance
    text = f"{abs(distance):g} px" if size is None else f"{abs(distance) * size:.3g} µm"
    before = {k: v for k, v in own.items() if k not in {*KEPT, *PER_OBJECT, "truth"}}
    record = {
        **{key: own[key] for key in KEPT if key in own},
        "truth": False,
        "method": "adjust",
        "source": source.name,
        "source_record": before,
        "source_is_truth": is_truth(source),
        "distance_px": distance,
        "distance_um": None if size is None else distance * size,
        "way": order.way,
        "parts": order.parts if distance < 0 else None,
        "spacing": list(order.spacing),
        "mask": None if mask is None else mask.name,
        "mask_side": None if mask is None else ("outside" if order.outside else "inside"),
        "index": None if every else list(order.index),
        "n_objects": applied.n_objects,
        "lost": applied.lost,
        "versions": {"napari-cellbench": version("napari-cellbench")},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    layer: Labels = viewer.add_labels(
        applied.labels,
        name=f"{source.name} · {'grown' if distance >= 0 else 'shrunk'} {text}",
        **placement(source),
        opacity=source.opacity,
        colormap=source.colormap,
        metadata=noted(record),
    )
    return layer


def suggested_truth(source: Any, layers: list[Any]) -> Any:
    """Return the truth of the source's sample, if there is one among the layers."""
    sample = record_of(source).get("sample")
    fitting = [
        layer
        for layer in layers
        if layer is not source and is_truth(layer) and record_of(layer).get("sample") == sample
    ]
    return fitting[0] if fitting else None
