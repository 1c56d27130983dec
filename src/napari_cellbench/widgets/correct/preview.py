"""Outlines on napari's canvas that follow the pointer: no layer, so nothing else notices them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy.scene.visuals import Line

WIDTH = 2.0
"""Of a line, in pixels of the screen."""
ARM = 7.0
"""Of the pointer that keys move, in pixels of the screen."""
COLOURS = {
    "offer": (0.35, 1.0, 0.55, 1.0),
    "conflict": (1.0, 0.65, 0.2, 1.0),
    "drawn": (1.0, 1.0, 1.0, 0.9),
    "pointer": (1.0, 1.0, 1.0, 1.0),
}
"""Of a cell that a click would add, of its pixels that another cell has, of what is drawn, and of
the pointer that keys move."""


class Preview:
    """Lines above one layer, in the pixels of its plane.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layer: Any = None
        self._lines: dict[str, Line] = {}

    @property
    def is_shown(self) -> bool:
        """Whether there is any line."""
        return any(line.visible for line in self._lines.values())

    def follow(self, layer: Any) -> None:
        """Draw above this layer from now on; None for nowhere."""
        if layer is self._layer:
            return
        self.clear()
        for line in self._lines.values():
            line.parent = None
        self._lines.clear()
        self._layer = layer

    def show(self, kind: str, segments: NDArray[np.float64]) -> None:
        """Draw lines of a kind in place of those that are there.

        Parameters
        ----------
        kind
            Key of `COLOURS`.
        segments : (2 N, 2) float
            y and x of the ends, in pixels: the first pixel reaches from 0 to 1.
        """
        line = self._line(kind)
        if line is None:
            return
        if not len(segments):
            line.visible = False
            return
        line.set_data(pos=segments[:, ::-1].astype(np.float32))
        line.visible = True

    def mark(self, place: tuple[float, float]) -> None:
        """Show the pointer that keys move, as large on the screen whatever the zoom."""
        arm = ARM / (self._viewer.scene.camera.zoom * self._layer.scale[-1])
        self.show("pointer", cross(place, arm))

    def clear(self, *kinds: str) -> None:
        """Take lines away; all of them, if no kind is named."""
        for kind in kinds or tuple(self._lines):
            if kind in self._lines:
                self._lines[kind].visible = False

    def _line(self, kind: str) -> Line | None:
        if kind not in self._lines and self._layer is not None:
            visuals = self._viewer.window._qt_viewer.canvas.layer_to_visual
            visual = visuals.get(self._layer)
            if visual is None:
                return None
            line = Line(
                pos=np.zeros((2, 2), np.float32),
                color=COLOURS[kind],
                width=WIDTH,
                connect="segments",
                method="gl",
                parent=visual.node,
            )
            line.order = 10_000
            line.set_gl_state("translucent", depth_test=False)
            line.visible = False
            self._lines[kind] = line
        return self._lines.get(kind)


def outline_of(mask: NDArray[np.bool_], offset: tuple[int, int]) -> NDArray[np.float64]:
    """Return the edges between the pixels of a mask and others.

    Parameters
    ----------
    mask : (h, w) bool
    offset
        Row and column of its first pixel.

    Returns
    -------
    (2 N, 2) float
        y and x of the ends of each edge.
    """
    padded = np.pad(mask, 1)
    y, x = np.nonzero(padded[1:, 1:-1] != padded[:-1, 1:-1])
    across = np.stack([np.stack([y, x], -1), np.stack([y, x + 1], -1)], 1)
    y, x = np.nonzero(padded[1:-1, 1:] != padded[1:-1, :-1])
    down = np.stack([np.stack([y, x], -1), np.stack([y + 1, x], -1)], 1)
    ends = np.concatenate([across, down]).reshape(-1, 2).astype(np.float64)
    return ends + np.asarray(offset, np.float64)


def rectangle(box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """Return the sides of a box: first row and column, and those behind the last."""
    top, left, bottom, right = box
    corners = np.array([[top, left], [top, right], [bottom, right], [bottom, left]], np.float64)
    return np.stack([corners, np.roll(corners, -1, 0)], 1).reshape(-1, 2)


def cross(place: tuple[float, float], arm: float) -> NDArray[np.float64]:
    """Return two lines that meet at a place, each `arm` pixels long to either side."""
    ends = np.array([[-arm, 0], [arm, 0], [0, -arm], [0, arm]], np.float64)
    return ends + np.asarray(place, np.float64)
