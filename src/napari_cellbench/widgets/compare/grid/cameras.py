"""The cameras of the tiles, which all see the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from napari._vispy.camera import VispyCamera
from vispy.geometry import Rect
from vispy.visuals.transforms import MatrixTransform, STTransform


class TileCamera(VispyCamera):
    """A tile's camera. The tiles share one transform, which only the first has to work out.

    napari has each of its cameras work its own out. Where the mouse drags one of them, the others
    do so while the frame is drawn, and thereby ask for another frame: each would be drawn twice.
    """

    leads = False
    """Whether it works the transform out when it hears of another view."""
    dragged: ClassVar[bool] = False
    """Whether the mouse has moved a camera, which then has worked it out."""
    _known: tuple[Any, ...] = ()

    @property
    def center(self) -> tuple[float, ...]:
        """What is seen in the middle."""
        return super().center

    @center.setter
    def center(self, center: tuple[float, ...]) -> None:
        if self._dims.ndisplay != 2:
            VispyCamera.center.fset(self, center)
            return
        rect = Rect(self._view.camera.rect)
        rect.center = center[:-3:-1]
        self._look_at(rect)

    @property
    def zoom(self) -> float:
        """Screen pixels per unit of the world."""
        return float(super().zoom)

    @zoom.setter
    def zoom(self, zoom: float) -> None:
        if self._dims.ndisplay != 2:
            VispyCamera.zoom.fset(self, zoom)
            return
        size = np.array(self._view.rect.size) / zoom
        self._look_at(Rect(self._view.camera.rect.center - size / 2, size))

    def on_draw(self, event: Any) -> None:
        """Tell napari of what the mouse or a new size has changed."""
        now = self._now()
        if now == self._known:
            return
        TileCamera.dragged = now[:1] == self._known[:1]
        try:
            super().on_draw(event)
        finally:
            TileCamera.dragged = False
        self._known = self._now()

    def _look_at(self, rect: Rect) -> None:
        camera = self._view.camera
        if self.leads and not self.dragged:
            camera.rect = rect
        else:
            # Past vispy's setter, which works the transform out.
            camera._rect = rect
        self._known = self._now()

    def _now(self) -> tuple[Any, ...]:
        rect = self._view.camera.rect if self._dims.ndisplay == 2 else None
        return self._view.rect.size, rect


def join(base: VispyCamera, cameras: Sequence[VispyCamera]) -> None:
    """Let the cameras of all tiles be one, and that of the stacked view rest."""
    first = cameras[0]._2D_camera
    for camera in (base, *cameras):
        camera.__class__ = TileCamera
        camera.leads = camera is cameras[0]
    for camera in cameras:
        own = camera._2D_camera
        own.transform, own.tf_mat = first.transform, first.tf_mat
        own.view_changed()


def part(base: VispyCamera, cameras: Sequence[VispyCamera]) -> None:
    """Make them napari's own again."""
    for camera in (base, *cameras):
        camera.__class__ = VispyCamera
        for name in ("leads", "_known"):
            vars(camera).pop(name, None)
    for camera in cameras:
        own = camera._2D_camera
        own.transform, own.tf_mat = STTransform(), MatrixTransform()
    for camera in (base, *cameras):
        camera._2D_camera.view_changed()
