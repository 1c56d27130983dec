"""What a StarDist checkpoint says beside its weights, checked before it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ...errors import CheckpointError

RANGES = {
    "n_channel_in": (1, 64),
    "n_rays": (3, 1024),
    "unet_n_depth": (1, 8),
    "unet_n_filter_base": (1, 1024),
    "unet_n_conv_per_depth": (1, 8),
    "net_conv_after_unet": (0, 4096),
}
"""What is believed of a configuration; more is taken for damage."""

SUPPORTED: Mapping[str, Any] = {
    "n_dim": 2,
    "n_classes": None,
    "backbone": "unet",
    "unet_kernel_size": [3, 3],
    "unet_pool": [2, 2],
    "unet_expansion": 2,
    "unet_prefix": "",
    "unet_activation": "relu",
    "unet_last_activation": "relu",
    "unet_batch_norm": False,
}
"""Entries of StarDist's ``config.json`` that must be so where they are given."""


@dataclass(frozen=True)
class StarDistConfig:
    """Shape of a StarDist network; the fields bear the names of StarDist's ``config.json``.

    Source: Schmidt et al. 2018, "Cell Detection with Star-convex Polygons", MICCAI.
    """

    n_channel_in: int = 1
    n_rays: int = 32
    grid: tuple[int, int] = (2, 2)
    unet_n_depth: int = 3
    unet_n_filter_base: int = 32
    unet_n_conv_per_depth: int = 2
    net_conv_after_unet: int = 128

    def __post_init__(self) -> None:
        if any(g < 1 or g & (g - 1) for g in self.grid):
            raise ValueError(f"The grid must be powers of two, not {self.grid}.")

    @property
    def multiple(self) -> tuple[int, int]:
        """Heights and widths that the network takes must be multiples of these, in pixels."""
        return self.grid[0] * 2**self.unet_n_depth, self.grid[1] * 2**self.unet_n_depth


@dataclass(frozen=True)
class Thresholds:
    """Object probability and overlap, each 0..1; the defaults are StarDist's."""

    prob: float = 0.5
    nms: float = 0.4


@dataclass(frozen=True)
class Normalization:
    """Percentiles (0..100) that become 0 and 1, and whether the channels share them."""

    low: float = 1.0
    high: float = 99.8
    joint: bool = False


@dataclass(frozen=True)
class Search:
    """Where polygons are sought; the defaults are StarDist's.

    Attributes
    ----------
    views
        Flips and rotations of the image over which the outputs are averaged, 1..8.
    border
        Cells of the grid along the image's edge in which no object is centred.
    """

    views: int = 1
    border: int = 2


def parse_object(text: str | bytes, what: str) -> dict[str, Any]:
    """Parse a JSON object, or raise `CheckpointError`."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{what} is no valid JSON: {error}") from None
    if not isinstance(values, dict):
        raise CheckpointError(f"{what} must be a JSON object, not {type(values).__name__}.")
    return values


def parse_config(values: Mapping[str, Any]) -> StarDistConfig:
    """Take the network's shape from StarDist's ``config.json`` or from our metadata.

    Raises
    ------
    CheckpointError
        If an entry is missing or out of range, or the model is of a kind that isn't supported.
    """
    for name, supported in SUPPORTED.items():
        if values.get(name, supported) != supported:
            raise CheckpointError(
                f"A StarDist model with {name} = {values[name]} is not supported, only {supported}."
            )
    missing = {field.name for field in fields(StarDistConfig)} - set(values)
    if missing:
        raise CheckpointError(f"The model's configuration lacks {min(missing)}.")
    for name, (low, high) in RANGES.items():
        if type(values[name]) is not int or not low <= values[name] <= high:
            raise CheckpointError(
                f"The model's configuration has {name} = {values[name]!r}; "
                f"a whole number from {low} to {high} is expected."
            )
    grid = values["grid"]
    if not (isinstance(grid, list) and len(grid) == 2 and all(g in (1, 2, 4, 8, 16) for g in grid)):
        raise CheckpointError(f"The model's grid is {grid!r}; two powers of two are expected.")
    counts = {name: values[name] for name in RANGES}
    return StarDistConfig(grid=(int(grid[0]), int(grid[1])), **counts)


def parse_thresholds(values: Mapping[str, Any]) -> Thresholds:
    """Take the thresholds from StarDist's ``thresholds.json`` or from our metadata."""
    found = {name: _number(values, name, 1) for name in ("prob", "nms")}
    return Thresholds(**found)


def parse_normalization(values: Mapping[str, Any]) -> Normalization:
    """Take the normalization from our metadata."""
    low, high = (_number(values, name, 100) for name in ("low", "high"))
    if low >= high:
        raise CheckpointError(f"The lower percentile {low:g} is not below the upper one {high:g}.")
    return Normalization(low, high, bool(values.get("joint", False)))


def parse_search(values: Mapping[str, Any]) -> Search:
    """Take from our metadata where polygons are sought."""
    found = Search(**{name: int(_number(values, name, 100)) for name in ("views", "border")})
    return replace(found, views=min(max(found.views, 1), 8))


def _number(values: Mapping[str, Any], name: str, largest: float) -> float:
    value = values.get(name)
    if not isinstance(value, (int, float)) or not 0 <= value <= largest:
        raise CheckpointError(
            f"The checkpoint has {name} = {value!r}; a number from 0 to {largest:g} is expected."
        )
    return float(value)
