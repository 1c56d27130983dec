"""Where layers lie in the world: what is added for an image lies on it, however it is turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.utils.transforms import Affine
from numpy.typing import NDArray

from ...data.writers.layer import MICROMETRES
from ...errors import InputError

Numbers = Sequence[float] | NDArray[Any]

APART = 0.5
"""Pixels by which layers may lie apart and yet be compared pixel by pixel."""


def placement(
    layer: Any, ndim: int | None = None, start: Numbers = (), step: Numbers = ()
) -> dict[str, Any]:
    """Return the options that put a new layer where another one is.

    Parameters
    ----------
    layer
        The other layer.
    ndim
        Axes of the new layer: the last ones of the other; None for all.
    start
        Pixel of the other layer at which the new one begins, along its last axes; 0 if left out.
    step
        Pixels of the other layer that one of the new layer spans, likewise; 1 if left out. The
        outer corners coincide then, not the centres of the first pixels.

    Returns
    -------
    dict
        ``scale``, ``translate``, ``units`` and ``axis_labels``; where the other layer is turned,
        sheared or has an affine transform ``rotate``, ``shear`` and ``affine``.
    """
    n = layer.ndim if ndim is None else ndim
    steps = _along(step, n, 1.0)
    first = _along(start, n, 0.0) + (steps - 1) / 2
    physical = _physical(layer)
    linear = physical.linear_matrix[-n:, -n:]
    place: dict[str, Any] = {
        "scale": np.asarray(physical.scale[-n:]) * steps,
        "translate": np.asarray(physical.translate[-n:]) + linear @ first,
        "units": layer.units[-n:],
        "axis_labels": layer.axis_labels[-n:],
    }
    affine = np.asarray(layer.affine.affine_matrix)[-n - 1 :, -n - 1 :]
    if not np.allclose(affine, np.eye(n + 1)):
        place["affine"] = affine
    if np.allclose(linear, np.diag(np.diag(linear))):
        return place | {"scale": np.diag(linear) * steps}
    part = Affine(linear_matrix=linear * steps, ndim=n)
    turned = {"scale": part.scale, "rotate": part.rotate, "shear": part.shear}
    if np.allclose(Affine(**turned, ndim=n).linear_matrix, linear * steps):
        return place | turned
    # Whatever napari can't take apart goes into the affine transform whole.
    whole = np.eye(n + 1)
    whole[:-1, :-1] = linear * steps / place["scale"]
    whole[:-1, -1] = place["translate"]
    return place | {"translate": np.zeros(n), "affine": affine @ whole}


def to_world(layer: Any, ndim: int) -> NDArray[np.float64]:
    """Return the matrix, (ndim + 1, ndim + 1), from a layer's pixels to the world: last axes."""
    physical = _physical(layer)
    world = np.asarray(layer.affine.affine_matrix) @ np.asarray(physical.affine_matrix)
    return np.asarray(world[-ndim - 1 :, -ndim - 1 :], np.float64)


def check_together(layer: Any, other: Any, shape: Sequence[int]) -> str:
    """Make sure that the pixels of two layers lie on each other.

    What is compared pixel by pixel must be what overlaps on the screen.

    Parameters
    ----------
    layer, other
        Of equal size along the last two axes.
    shape
        Of the layer, colours left out.

    Returns
    -------
    str
        What was assumed, in a sentence: a layer that nobody gave a pixel size is taken to have the
        other's. Empty as a rule.

    Raises
    ------
    InputError
        If they lie in different places by half a pixel or more.
    """
    relative = np.linalg.solve(to_world(other, 2), to_world(layer, 2)) * _unit_ratio(layer, other)
    relative[2, 2] = 1
    height, width = shape[-2:]
    corners = np.array([[0, 0, 1], [height, 0, 1], [0, width, 1], [height, width, 1]], float)
    if np.abs(corners @ relative.T - corners).max() < APART:
        return ""
    linear, shift = relative[:2, :2], relative[:2, 2]
    plain = next((one for one in (layer, other) if _is_plain(one)), None)
    scaled = np.allclose(linear, np.diag(np.diag(linear))) and np.abs(shift).max() < APART
    if plain is not None and scaled:
        sized = other if plain is layer else layer
        return f"{plain.name} has no pixel size: it is taken to lie on {sized.name}."
    raise InputError(
        f"{layer.name} and {other.name} lie in different places ({_difference(linear, shift)}): "
        "what is compared pixel by pixel would not be what overlaps on the screen. Give both the "
        "same scale, translation and rotation."
    )


def _difference(linear: NDArray[Any], shift: NDArray[Any]) -> str:
    if np.allclose(linear, np.eye(2), atol=1e-3):
        return f"shifted by {shift[0]:.4g} x {shift[1]:.4g} pixels"
    if np.allclose(linear, np.diag(np.diag(linear)), atol=1e-3):
        return f"scaled by {linear[0, 0]:.4g} x {linear[1, 1]:.4g}"
    return "turned or sheared"


def _is_plain(layer: Any) -> bool:
    world = to_world(layer, 2)
    return bool(np.allclose(world, np.eye(3))) and str(layer.units[-1]) == "pixel"


def _unit_ratio(layer: Any, other: Any) -> float:
    """Return one layer's unit of length by the other's; 1 where one is in pixels."""
    own, others = (MICROMETRES.get(str(one.units[-1])) for one in (layer, other))
    return own / others if own and others else 1.0


def _physical(layer: Any) -> Affine:
    """Return a layer's scale, rotation, shear and translation as one."""
    return Affine(
        scale=layer.scale,
        translate=layer.translate,
        rotate=layer.rotate,
        shear=layer.shear,
        ndim=layer.ndim,
    )


def _along(values: Numbers, ndim: int, otherwise: float) -> NDArray[np.float64]:
    full = np.full(ndim, otherwise)
    if len(values):
        full[-len(values) :] = values
    return full
