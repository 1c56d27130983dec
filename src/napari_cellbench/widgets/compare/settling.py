"""What is right at a disputed place: a result's cells there go into the layer that is corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from ...corrections.edit import Edit
from ...corrections.lookup import boxes_of, distinct, is_one_of, joined, region_of
from ...corrections.tools import cells_there, take_over
from ...data.record import noted, record_of
from ...errors import CellbenchError, InputError
from ..correct.plane import LabelsPlane
from ..correct.widget import CorrectWidget
from ..docks import find_panel
from ..layers.placement import check_together, placement
from ..layers.source import full_resolution, spatial_shape
from ..notify import complain, tell
from ..score.layers import PER_OBJECT
from .planes import Seen

Part = tuple[Seen, Iterable[int]]
"""Cells of a layer, by their ids."""


@dataclass(frozen=True, eq=False)
class _Target:
    """Where corrections go."""

    plane: LabelsPlane
    change: Callable[[Edit], None]
    is_new: bool = False


def settle(viewer: Any, winner: Part, place: Iterable[Part]) -> None:
    """Take the cells of a place over from the result that is right there, as one step of undo.

    They go into the layer of the Correct panel, if one is open on these images; else into the copy
    of a result that was begun before by this; else into a new copy of the result that is right.
    What was done, or why not, is told.

    Parameters
    ----------
    viewer
        napari's viewer.
    winner
        The result that is right, and its cells there; none where it is right that there is none.
    place
        The cells of all sides that make up the place: ours that are part of it give way.
    """
    # napari hands plugins a proxy, whose layers are proxies, too.
    viewer = getattr(viewer, "__wrapped__", viewer)
    seen, ids = winner[0], sorted(set(winner[1]))
    try:
        target = _target(viewer, seen)
        name = target.plane.layer.name
        if target.is_new:
            tell(f"Corrections go into {name}, a copy of {seen.name}: it is right here already.")
            return
        labels = target.plane.labels
        sides = [*place, (seen, ids)]
        instead = set().union(
            *(_part_of(labels, side.labels(), list(cells)) for side, cells in sides)
        )
        if not ids and not instead:
            raise InputError(f"{name} has no cell here either.")
        edit = take_over(
            labels, seen.labels(), ids, instead=sorted(instead), above=target.plane.above
        )
        target.change(edit)
    except CellbenchError as error:
        complain(error)
        return
    tell(f"{name} is now as {seen.name} here. Ctrl+Z takes it back.")


def _part_of(labels: NDArray[Any], side: NDArray[Any], cells: list[int]) -> set[int]:
    """Return which of our cells are part of a place, told by one side's cells there."""
    if not cells:
        return set()
    box = joined(boxes_of(side, cells))
    near = distinct(labels[region_of(box)])
    if not near:
        return set()
    region = region_of(joined([box, *boxes_of(labels, near)]))
    place = np.where(is_one_of(side[region], cells), side[region], 0)
    return set(cells_there(labels[region], place))


def _target(viewer: Any, like: Seen) -> _Target:
    panel = find_panel(viewer, CorrectWidget)
    layer = panel.form.labels.layer() if panel is not None else None
    if panel is not None and layer is not None and _is_same_place(layer, like):
        plane, work = LabelsPlane.shown(viewer, layer), panel.work
        return _Target(plane, lambda edit: work.change(plane, edit, chooses=False))
    for layer in reversed(viewer.layers):
        if record_of(layer).get("corrected_from") and _is_same_place(layer, like):
            plane = LabelsPlane.shown(viewer, layer)
            return _Target(plane, plane.apply)
    layer = _copy_of(like)
    active = viewer.layers.selection.active
    viewer.add_layer(layer)
    viewer.layers.selection.active = active
    if panel is not None and panel.form.labels.layer() is None:
        panel.form.labels.choose(layer)
    plane = LabelsPlane.shown(viewer, layer)
    return _Target(plane, plane.apply, is_new=True)


def _is_same_place(layer: Any, like: Seen) -> bool:
    if spatial_shape(layer) != spatial_shape(like.layer):
        return False
    try:
        check_together(layer, like.layer, like.plane.shape)
    except InputError:
        return False
    return True


def _copy_of(like: Seen) -> Labels:
    """Return a copy of a result, to be corrected; what counts for each of its cells is left out."""
    of = like.layer
    record = {key: value for key, value in record_of(of).items() if key not in PER_OBJECT}
    return Labels(
        np.array(full_resolution(of)),
        name=f"{of.name} · corrected",
        metadata=noted({**record, "corrected_from": of.name}),
        **placement(of),
    )
