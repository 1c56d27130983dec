"""The preview of adjusted labels, as a layer on its source."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from ...data.record import noted, record_of
from ...data.source import Region
from ..layers.placement import placement
from ..layers.source import spatial_shape, visible_region
from ..layers.temporary import TemporaryLayer

PREVIEW = "Adjust preview"
LARGE = 4096
"""Of planes with more pixels than a square of this side, only the part in view is previewed."""


class Preview(TemporaryLayer):
    """A labels layer just below its source, of which it leaves the outlines.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._source: Any = None
        self._look: tuple[bool, int] = (True, 0)

    def show(self, source: Any, labels: NDArray[Any], region: Region | tuple[()] = ()) -> None:
        """Show labels of the source's last axes, or of some of its rows and columns."""
        if self.layer is not None and (
            source is not self._source or self.layer.data.ndim != labels.ndim
        ):
            self.hide()
        # Of two bytes at most, napari draws labels as they are.
        dtype = np.uint16 if labels.max(initial=0) <= np.iinfo(np.uint16).max else labels.dtype
        if self.layer is None:
            self._add(source, labels.astype(dtype), region)
        else:
            first = _first(labels.ndim, region)
            self._renew(labels, dtype, placement(source, labels.ndim, first))
            record_of(self.layer)["cut_out"] = bool(region)
            self.layer.editable = False

    @property
    def is_part(self) -> bool:
        """Whether it shows only the part of its source that is in view."""
        return self.layer is not None and bool(record_of(self.layer)["cut_out"])

    def blank(self) -> None:
        """Show nothing until the next `show`; the plane has changed."""
        if self.layer is not None:
            self.layer.visible = False

    def hide(self) -> None:
        """Take the preview away and give the source its looks back."""
        source, self._source = self._source, None
        if source is not None:
            source.visible, source.contour = self._look
        super().hide()

    def _renew(self, labels: NDArray[Any], dtype: Any, place: dict[str, Any]) -> None:
        """Show other labels; each of napari's properties that is set costs a drawing of its own."""
        layer = self.layer
        assert layer is not None
        if (layer.data.shape, layer.data.dtype) != (labels.shape, dtype):
            layer.data = labels.astype(dtype)
        else:
            # In place: of the same size as before, nothing else has to be worked out anew.
            layer.data[...] = labels
            layer.refresh(extent=False, thumbnail=False)
        if not np.array_equal(layer.translate, place["translate"]):
            layer.translate = place["translate"]
        if "affine" in place:
            layer.affine = place["affine"]
        if not layer.visible:
            layer.visible = True

    def _add(self, source: Any, labels: NDArray[Any], region: Region | tuple[()]) -> None:
        n = labels.ndim
        layer = Labels(
            labels,
            name=PREVIEW,
            **placement(source, n, _first(n, region)),
            opacity=source.opacity,
            colormap=source.colormap,
            metadata=noted({"preview": True, "cut_out": bool(region)}),
        )
        self.put(layer, self._viewer.layers.index(source))
        self._source, self._look = source, (source.visible, source.contour)
        if self._viewer.dims.ndisplay == 3:
            source.visible = False  # in 3-D there are no outlines
        else:
            source.contour = 1


def part_in_view(layer: Any, reach: float) -> Region | tuple[()]:
    """Return the rows and columns of a large plane that are worth previewing; empty for all.

    Parameters
    ----------
    layer
        The labels.
    reach
        Greatest distance: cells so far outside of the view may grow into it.

    Raises
    ------
    InputError
        If none of the layer is in view.
    """
    shape = spatial_shape(layer)[-2:]
    if shape[0] * shape[1] <= LARGE**2:
        return ()
    sides = []
    for part, length in zip(visible_region(layer), shape, strict=True):
        middle = (part.start + part.stop) // 2
        start, stop = max(part.start, middle - LARGE // 2), min(part.stop, middle + LARGE // 2)
        margin = int(np.ceil(reach))
        sides.append(slice(max(0, start - margin), min(length, stop + margin)))
    return sides[0], sides[1]


def _first(n: int, region: Region | tuple[()]) -> list[int]:
    """Return the first pixel of the preview."""
    return [part.start for part in region] or [0] * n
