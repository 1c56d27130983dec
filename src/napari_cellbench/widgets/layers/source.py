"""From layers to what the engine reads, and back to where the result belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.kind import Kind
from ...data.sample import Role
from ...data.source import Plane, Region, Source
from ...errors import InputError
from .kind import kind_of_layer
from .placement import check_together

if TYPE_CHECKING:
    from napari.layers import Image, Shapes


@dataclass(frozen=True, eq=False)
class Input:
    """The layers that a run was started from, as they were then.

    Attributes
    ----------
    layers
        Image layers by the role that the user gave them; ``rgb`` for colour images.
    region
        Rows and columns; None for all.
    """

    layers: Mapping[str, Image]
    region: Region | None = None
    _pixels: tuple[Any, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.layers:
            raise InputError("Choose the layer to segment: nucleus, whole cell, or phase / RGB.")
        object.__setattr__(self, "_pixels", tuple(map(full_resolution, self.layers.values())))

    @property
    def replaced(self) -> bool:
        """Whether a layer has got other pixels since."""
        now = map(full_resolution, self.layers.values())
        return any(pixels is not before for pixels, before in zip(now, self._pixels, strict=True))

    @property
    def first(self) -> Image:
        """The layer that the result belongs to."""
        return next(iter(self.layers.values()))

    @property
    def roles(self) -> tuple[Role, ...]:
        """What each channel shows."""
        roles: list[Role] = []
        for role, layer in self.layers.items():
            if layer.rgb:
                roles.extend(kind_of_layer(layer).roles)
            else:
                roles.append("phase" if role == "rgb" else role)  # type: ignore[arg-type]
        return tuple(roles)

    @property
    def kind(self) -> Kind:
        """What the layers show: fluorescence if one of them does."""
        kinds = [kind_of_layer(layer) for layer in self.layers.values()]
        return next((kind for kind in kinds if kind.name == "fluorescence"), kinds[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the result: that of the first layer without colours."""
        return spatial_shape(self.first)

    def source(self, index: tuple[int, ...]) -> Source:
        """Return one plane: `index` counts along all axes but the last two."""
        planes = []
        for layer in self.layers.values():
            data = full_resolution(layer)
            if spatial_shape(layer)[:-2] != self.shape[:-2]:
                raise InputError(
                    f"{layer.name} is {_size(spatial_shape(layer))}, {self.first.name} is "
                    f"{_size(self.shape)}: choose layers of one size."
                )
            if spatial_shape(layer) == self.shape:
                check_together(layer, self.first, self.shape)
            channels = kind_of_layer(layer).channels if layer.rgb else (None,)
            for channel in channels:
                trailing = () if channel is None else (channel,)
                planes.append(Plane(data, index, trailing))
        return Source(tuple(planes), self.region)

    def indices(self, current: tuple[int, ...] | None) -> Iterator[tuple[int, ...]]:
        """Yield the index of the current plane, or of every plane if `current` is None."""
        if current is not None:
            yield current
        else:
            yield from np.ndindex(self.shape[:-2])


def full_resolution(layer: Image) -> Any:
    """Return the layer's array; the largest level of a multiscale image."""
    return layer.data[0] if layer.multiscale else layer.data


def spatial_shape(layer: Image) -> tuple[int, ...]:
    """Return the array's shape without colours."""
    shape = tuple(int(n) for n in full_resolution(layer).shape)
    shape = shape[:-1] if getattr(layer, "rgb", False) else shape
    if len(shape) < 2:
        raise InputError(f"{layer.name} has {len(shape)} dimension(s): an image has two or more.")
    return shape


def current_index(layer: Image, point: tuple[float, ...]) -> tuple[int, ...]:
    """Return the index of the plane that is shown.

    Parameters
    ----------
    layer
        The image.
    point
        The viewer's position, in world coordinates (``viewer.dims.point``).
    """
    shape = spatial_shape(layer)
    data = layer.world_to_data(point[-len(shape) :])
    return tuple(
        int(np.clip(round(value), 0, length - 1))
        for value, length in zip(data[:-2], shape[:-2], strict=False)
    )


def visible_region(layer: Image) -> Region:
    """Return the rows and columns that the canvas shows.

    Raises
    ------
    InputError
        If none of the image is in view.
    """
    corners = np.array(layer.corner_pixels, float)[:, -2:]
    if layer.multiscale:
        corners *= layer.downsample_factors[layer.data_level][-2:]
    return _clip(corners[0], corners[1] + 1, layer, "None of the image is in view.")


def drawn_region(layer: Image, shapes: Shapes | None) -> Region:
    """Return the rows and columns of the selected shape, else of the last one drawn.

    Raises
    ------
    InputError
        If nothing is drawn, or it lies outside of the image.
    """
    if shapes is None or not shapes.data:
        raise InputError("Draw a rectangle on the image first.")
    number = min(shapes.selected_data) if shapes.selected_data else len(shapes.data) - 1
    world = [shapes.data_to_world(corner) for corner in shapes.data[number]]
    n = layer.ndim
    corners = np.array([layer.world_to_data(np.array(w)[-n:]) for w in world])[:, -2:]
    return _clip(corners.min(0), corners.max(0), layer, "The rectangle lies outside of the image.")


def _clip(low: Any, high: Any, layer: Image, problem: str) -> Region:
    shape = np.array(spatial_shape(layer)[-2:])
    low = np.clip(np.floor(low), 0, shape).astype(int)
    high = np.clip(np.ceil(high), 0, shape).astype(int)
    if (low >= high).any():
        raise InputError(problem)
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
