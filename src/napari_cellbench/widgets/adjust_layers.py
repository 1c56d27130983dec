"""The Adjust widget's layers: their scale, the preview, the result, and pairs with truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data.writers.layer import MICROMETRES
from ..errors import InputError
from .adjust_order import Applied
from .layer_source import full_resolution, spatial_shape
from .score_layers import is_truth, record_of

if TYPE_CHECKING:
    from napari.layers import Labels

PREVIEW = "Adjust preview"
KEPT = ("sample", "samples", "group", "groups", "target")
"""What a result's record takes over from its source's."""


def is_adjustable(layer: Any) -> bool:
    """Tell whether a layer can be chosen: labels, but no preview or error map."""
    record = record_of(layer)
    return layer._type_string == "labels" and not (record.get("preview") or record.get("error_map"))


def pixel_size(layer: Any) -> float | None:
    """Return the width of a layer's pixels in micrometres; None if it isn't known."""
    size = float(abs(layer.scale[-1])) * MICROMETRES.get(str(layer.units[-1]), 0)
    return size if size > 0 else None


def spacing(layer: Any, axes: int) -> tuple[float, ...]:
    """Return the size of a pixel along the last axes, in pixels of the last one.

    Axes of other units than the last one's, such as a stack of images, count as 1.
    """
    last, unit = abs(layer.scale[-1]), layer.units[-1]
    pairs = zip(layer.scale[-axes:], layer.units[-axes:], strict=True)
    return tuple(float(abs(step) / last) if own == unit else 1.0 for step, own in pairs)


class Preview:
    """A labels layer just below its source, of which it leaves the outlines.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self.layer: Labels | None = None
        self._source: Any = None
        self._look: tuple[bool, int] = (True, 0)

    def show(self, source: Any, labels: NDArray[Any]) -> None:
        """Show labels of the source's last axes."""
        if self.layer is not None and (
            source is not self._source or self.layer.data.ndim != labels.ndim
        ):
            self.remove()
        if self.layer is None:
            self._add(source, labels)
        else:
            self.layer.data = labels
            self.layer.visible = True
        assert self.layer is not None
        self.layer.editable = False

    def hide(self) -> None:
        """Show nothing until the next `show`; the plane has changed."""
        if self.layer is not None:
            self.layer.visible = False

    def remove(self) -> None:
        """Take the preview away and give the source its looks back."""
        layer, source = self.layer, self._source
        self.layer = self._source = None
        if source is not None:
            source.visible, source.contour = self._look
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def _add(self, source: Any, labels: NDArray[Any]) -> None:
        from napari.layers import Labels

        n, layers = labels.ndim, self._viewer.layers
        self._source, self._look = source, (source.visible, source.contour)
        layer = Labels(
            labels,
            name=PREVIEW,
            scale=source.scale[-n:],
            translate=source.translate[-n:],
            units=source.units[-n:],
            opacity=source.opacity,
            colormap=source.colormap,
            metadata={"cellbench": {"preview": True}},
        )
        selected = set(layers.selection)
        self.layer = layer
        layers.insert(layers.index(source), layer)
        layers.selection = selected
        if self._viewer.dims.ndisplay == 3:
            source.visible = False  # in 3-D there are no outlines
        else:
            source.contour = 1


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
    before = {k: v for k, v in own.items() if k not in {*KEPT, "masks", "scores", "truth"}}
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
        scale=source.scale,
        translate=source.translate,
        units=source.units,
        opacity=source.opacity,
        colormap=source.colormap,
        metadata={"cellbench": record},
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


def pairs(layers: list[Any], source: Any, truth: Any) -> list[tuple[Any, Any]]:
    """Return (labels, truth) layers of all samples: those like the chosen ones, by sample.

    Labels are alike if the same method and checkpoint made them, truth if it outlines the same.
    The chosen pair comes first.
    """
    chosen = [(source, truth)]
    truths = {
        record_of(layer)["sample"]: layer
        for layer in layers
        if record_of(layer).get("sample") is not None and _kind(layer) == _kind(truth)
    }
    for layer in layers:
        partner = truths.get(record_of(layer).get("sample"))
        taken = any(layer is one or partner is other for one, other in chosen)
        if partner is None or taken or layer is partner or _kind(layer) != _kind(source):
            continue
        chosen.append((layer, partner))
    return chosen


def planes(
    chosen: list[tuple[Any, Any]], index: tuple[int, ...] | None
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Read (labels, truth) of one plane, or of every plane if `index` is None.

    Raises
    ------
    InputError
        If two layers of a pair differ in size.
    """
    for labels, truth in chosen:
        shape = spatial_shape(labels)
        if spatial_shape(truth) not in (shape, shape[-2:]):
            raise InputError(f"{truth.name} and {labels.name} differ in size.")
        for at in [index] if index is not None else np.ndindex(shape[:-2]):
            truth_at = at if len(spatial_shape(truth)) == len(shape) else ()
            yield (
                np.asarray(full_resolution(labels)[at]),
                np.asarray(full_resolution(truth)[truth_at]),
            )


def _kind(layer: Any) -> tuple[Any, ...]:
    record = record_of(layer)
    what = (record.get(key) for key in ("target", "annotator", "method", "checkpoint"))
    return (is_truth(layer), *what)
