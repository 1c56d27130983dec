"""What is made worse: the images that the results are of, as the viewer shows them."""

from __future__ import annotations

from typing import Any

from ....data.source import Region
from ....errors import InputError
from ...layers.source import Input, current_index
from ..results import Results
from ..shown import ShownPlane, shown_planes, where_of


class Subject:
    """Reads images and the objects that show how large the cells are.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        Knows the images and the truth.
    """

    def __init__(self, viewer: Any, results: Results) -> None:
        self._viewer, self._results = viewer, results

    def read(self) -> tuple[Input, tuple[int, ...], Region | None]:
        """Return the images, the plane that is shown, and the region that the results are of."""
        images = {
            r: layer for r, layer in self._results.images.items() if layer in self._viewer.layers
        }
        if not images:
            raise InputError("Run the methods on an image first, in the tab Methods.")
        done = self._results.done()
        region = where_of(done[0], self._results)[1] if done else None
        of = Input(images, region)
        return of, current_index(of.first, self._viewer.dims.point), region

    def sized(self, index: tuple[int, ...], region: Region | None) -> ShownPlane:
        """Return objects whose size is that of the cells: the truth, else the first result."""
        layers = [self._results.truth, *(item.layer for item in self._results.done())]
        layer = next((layer for layer in layers if layer in self._viewer.layers), None)
        if layer is None:
            raise InputError("The size of the cells is not known: run a method first.")
        return self.plane(layer, index, region)

    def plane(self, layer: Any, index: tuple[int, ...], region: Region | None) -> ShownPlane:
        """Return a plane of a labels layer."""
        # A truth of one plane is that of every plane, as in the Score widget.
        (shown,) = shown_planes(layer, index if layer.ndim > 2 else (), region)
        return shown
