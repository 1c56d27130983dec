"""Channels that other readers put into one layer, where they look like planes of a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...data.axes import MOST_CHANNELS, NARROWEST
from ...data.layers import COLORMAPS
from ...data.record import noted, record_of
from ...data.sample import Role
from ..choices import button

if TYPE_CHECKING:
    from napari.layers import Image

PLANES = {"z", "t", "time", "depth", "frame", "plane", "slice"}
"""Names of axes that are none of channels."""
ROLES: tuple[Role, ...] = ("nucleus", "whole_cell", "other", "other")
"""The guess for channels, in their order."""


def channel_axis(layer: Image) -> int | None:
    """Return the axis of an image layer that may be its channels; None if there is none.

    That is an axis of 2 to 4 in front of the plane, or behind it, which nobody calls otherwise.
    """
    if layer.rgb or layer.multiscale or layer.ndim < 3:
        return None
    if "samples" in record_of(layer):
        return None
    shape = layer.data.shape
    if shape[-1] in range(2, NARROWEST + 1) and min(shape[-3:-1]) > MOST_CHANNELS:
        return int(layer.ndim - 1)
    for axis in range(layer.ndim - 3, -1, -1):
        if 2 <= shape[axis] <= NARROWEST and layer.axis_labels[axis].lower() not in PLANES:
            return axis
    return None


def split_channels(viewer: Any, layer: Image, axis: int) -> list[Image]:
    """Put a layer for each channel in the place of one that holds them all.

    Roles go into the layers' metadata as `ROLES` guesses them, with a note.

    Parameters
    ----------
    viewer
        napari's viewer.
    layer, axis
        The layer, and its axis of channels.

    Returns
    -------
    list of Image
        In the order of the channels, each where the layer was.
    """
    count = layer.data.shape[axis]
    note = (
        f"{layer.name} was split into {count} channels: the first was taken for nuclei, the second "
        "for whole cells. Choose otherwise if it isn't so."
    )
    place = viewer.layers.index(layer)
    own = record_of(layer)
    where = _place_without(layer, axis)
    made = []
    for i, role in zip(range(count), ROLES, strict=False):
        notes = [*own.get("notes", []), note]
        made.append(
            viewer.add_image(
                layer.data[(slice(None),) * axis + (i,)],
                name=f"{layer.name} · {i + 1}",
                colormap=COLORMAPS[role],
                blending="additive",
                metadata=layer.metadata | noted({**own, "role": role, "notes": notes}),
                **where,
            )
        )
    # The choice moves on when the layer goes: by then its channels have to be there.
    viewer.layers.remove(layer)
    for i, one in enumerate(made):
        viewer.layers.move(viewer.layers.index(one), place + i)
    return made


def _place_without(layer: Image, axis: int) -> dict[str, Any]:
    """Return scale, units and place of a layer, without one of its axes."""
    kept = [i for i in range(layer.ndim) if i != axis]
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))
    steps = [np.asarray(layer.data_to_world(unit)) - origin for unit in np.eye(layer.ndim)]
    linear = np.stack(steps, axis=1)[np.ix_(kept, kept)]
    scale = np.asarray(layer.scale)[kept]
    place: dict[str, Any] = {"scale": scale, "units": [layer.units[i] for i in kept]}
    beyond = linear / scale
    if np.allclose(beyond, np.eye(len(kept))):
        return place | {"translate": origin[kept]}
    affine = np.eye(len(kept) + 1)
    affine[:-1, :-1], affine[:-1, -1] = beyond, origin[kept]
    return place | {"affine": affine}


class ChannelHint(QWidget):
    """Says that a chosen layer may hold channels, and splits it at a click.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    split = Signal(list)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self._layer: Image | None = None
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.button = button(
            "Split channels",
            "Make a layer of each channel: the first for nuclei, the second for whole cells.\n"
            "Choose otherwise afterwards if it isn't so.",
        )
        self.button.clicked.connect(self._split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        column.addWidget(self.button)
        self.hide()

    def show_for(self, layers: list[Any]) -> None:
        """Show the hint if one of the layers may hold channels."""
        found = [layer for layer in layers if channel_axis(layer) is not None]
        self._layer = found[0] if found else None
        self.setVisible(bool(found))
        if found:
            axis = channel_axis(found[0])
            assert axis is not None
            self.text.setText(
                f"{found[0].name} has {found[0].data.shape[axis]} planes, which look like channels "
                "rather than a stack."
            )

    def _split(self) -> None:
        layer, self._layer = self._layer, None
        axis = None if layer is None else channel_axis(layer)
        if layer is not None and axis is not None and layer in self._viewer.layers:
            self.split.emit(split_channels(self._viewer, layer, axis))
