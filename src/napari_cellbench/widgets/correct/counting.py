"""Counting by clicks: a point for each cell, which can become cells later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.layers import Points
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ...corrections.edit import Edit
from ...corrections.tools import add_masks
from ...data.record import noted, record_of
from ...engine.client.prompting import Offer
from ...errors import CellbenchError, InputError, sentence
from ..layers.placement import placement
from ..notify import complain
from .count_box import CountBox
from .count_run import CountOrder, CountRun
from .plane import LabelsPlane, Place
from .sight import Sight

SIZE = 1 / 60
"""Of a point, by the shorter side of the image."""
OF_IMAGE = ("sample", "image")
"""What the record of the points has in common with that of the labels that are counted in."""


class Counting(QObject):
    """What the mouse does with the tool; the points are a layer of the user's.

    Parameters
    ----------
    viewer
        napari's viewer.
    box
        Shows the number.
    change
        Takes a plane and an `Edit`: makes the change.
    sight
        Returns what the network is to see, or raises an `InputError`.

    Signals
    -------
    said(text)
        What was done, or why not.
    """

    said = Signal(str)

    def __init__(
        self,
        viewer: Any,
        box: CountBox,
        change: Callable[[LabelsPlane, Edit], None],
        sight: Callable[[], Sight],
    ) -> None:
        super().__init__()
        self._viewer, self._box, self._change, self._sight = viewer, box, change, sight
        self._plane: LabelsPlane | None = None
        self._points: Any = None
        self._n_made = 0
        box.runs.asked.connect(self.make_cells)
        viewer.layers.events.removed.connect(self._forget)

    def turn_to(self, plane: LabelsPlane | None) -> None:
        """Count in a plane from now on; None for none."""
        self._plane, self._n_made = plane, 0
        self._box.setVisible(plane is not None or self._box.runs.run is not None)
        if plane is None:
            self._box.runs.set_ready(False)
            return
        self._follow(self._found(plane))
        self._count()

    def hover(self, place: Place) -> None:
        """Nothing is shown before a click."""

    def click(self, place: Place, modifiers: frozenset[str]) -> None:
        """Add a point, or with Shift remove the nearest one."""
        plane = self._plane
        if plane is None or not plane.holds(place):
            return
        if "Shift" in modifiers:
            self._remove(plane, place)
            return
        if self._points is None:
            self._follow(self._new_layer(plane))
        self._points.add((*plane.leading, *place))
        self._points.selected_data = set()
        self._n_made += 1

    def drag(self, path: list[Place]) -> None:
        """Nothing is drawn."""

    def draw(self, path: list[Place]) -> None:
        """Say that only clicks count."""
        self.said.emit("Click a cell to count it.")

    def take_back(self) -> bool:
        """Take the last point back that was clicked here; return whether there was one."""
        if self._plane is None or self._points is None or not self._n_made:
            return False
        self._n_made -= 1
        self._keep(np.arange(len(self._points.data)) < len(self._points.data) - 1)
        return True

    def make_cells(self) -> None:
        """Ask the network for the cell at each point of the plane that has none yet."""
        plane = self._plane
        if plane is None or self._points is None or self._box.runs.run is not None:
            return
        places = [(float(y), float(x)) for y, x in self._points.data[self._here(plane), -2:]]
        asked = [place for place in places if plane.holds(place) and not plane.label_at(place)]
        try:
            if not asked:
                raise InputError("There is a cell at each of the points already.")
            sight = self._sight()
            order = CountOrder(
                asked, plane.labels.copy(), sight.source(plane), sight.of.roles, sight.setup()
            )
        except CellbenchError as error:
            self._box.runs.say(str(error))
            return
        run = CountRun(order)
        self._box.runs.follow(run)
        run.returned.connect(lambda found: self._add(plane, found, len(places)))
        run.failed.connect(self._fail)
        run.start()

    def close(self) -> None:
        """Stop what runs, and follow nothing any longer; the points stay."""
        if self._box.runs.run is not None:
            self._box.runs.run.close()
        self._follow(None)
        self._viewer.layers.events.removed.disconnect(self._forget)

    def _add(self, plane: LabelsPlane, found: list[Offer | None], n: int) -> None:
        """Add what was found, as one step of the layer's undo."""
        masks = [(offer.mask, offer.offset) for offer in found if offer is not None]
        try:
            if plane.layer not in self._viewer.layers:
                raise InputError("The layer was removed in the meantime: no cell was added.")
            if not masks:
                raise InputError(f"The model finds no cell at any of the {len(found):,} points.")
            edit, ids = add_masks(plane.labels, masks, above=plane.above)
            self._change(plane, edit)
        except CellbenchError as error:
            self._box.runs.say(str(error))
            return
        missing = len(found) - np.count_nonzero(ids)
        parts = [f"{edit.what}."]
        if missing:
            parts.append(f"There was none for {missing:,} of {n:,} points.")
        if n > len(found):
            parts.append(f"{n - len(found):,} had one already.")
        self._box.runs.say(" ".join(parts))

    def _fail(self, error: Exception) -> None:
        self._box.runs.say(sentence(error))
        complain(error)

    def _remove(self, plane: LabelsPlane, place: Place) -> None:
        here = np.flatnonzero(self._here(plane))
        if not len(here):
            self.said.emit("There is no point on this plane.")
            return
        away = np.hypot(*(self._points.data[here, -2:] - place).T)
        self._keep(np.arange(len(self._points.data)) != here[int(away.argmin())])
        self._n_made = 0

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        self._points.selected_data = set(np.flatnonzero(~kept).tolist())
        self._points.remove_selected()

    def _here(self, plane: LabelsPlane) -> NDArray[np.bool_]:
        """Return which points lie on a plane."""
        if self._points is None:
            return np.zeros(0, bool)
        found: NDArray[np.bool_] = np.asarray(
            (np.rint(self._points.data[:, :-2]) == plane.leading).all(axis=1)
        )
        return found

    def _count(self, *_: object) -> None:
        plane = self._plane
        if plane is not None:
            n = 0 if self._points is None else len(self._points.data)
            self._box.show_number(int(self._here(plane).sum()), n)

    def _found(self, plane: LabelsPlane) -> Any | None:
        """Return the points that were counted in labels of this image before."""
        own = _of_image(plane.layer)
        for layer in self._viewer.layers:
            is_count = isinstance(layer, Points) and record_of(layer).get("count")
            if is_count and layer.ndim == plane.layer.ndim and _of_image(layer) == own:
                return layer
        return None

    def _new_layer(self, plane: LabelsPlane) -> Any:
        """Add an empty layer that lies on the labels; the layer that is active stays so."""
        of, layers = plane.layer, self._viewer.layers
        record = {"count": True, **_of_image(of)}
        points = Points(
            ndim=of.ndim,
            name=f"{record.get('image', of.name)} · count",
            size=max(3.0, SIZE * min(plane.shape)),
            face_color="transparent",
            border_color="yellow",
            border_width=0.2,
            metadata=noted(record),
            **placement(of),
        )
        active = layers.selection.active
        self._viewer.add_layer(points)
        layers.selection.active = active
        return points

    def _follow(self, points: Any) -> None:
        """Follow what is done to a layer of points, by whatever tool."""
        if points is self._points:
            return
        if self._points is not None:
            self._points.events.data.disconnect(self._count)
        self._points = points
        if points is not None:
            points.events.data.connect(self._count)

    def _forget(self, event: Any) -> None:
        if self._points is not None and event.value == self._points:
            self._follow(None)
            self._count()


def _of_image(layer: Any) -> dict[str, Any]:
    record = record_of(layer)
    return {key: record[key] for key in OF_IMAGE if key in record}
