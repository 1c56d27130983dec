"""From what the Adjust widget shows to what its thread is to do."""

from __future__ import annotations

from typing import Any

from ...errors import InputError
from ..layers.source import current_index, full_resolution, spatial_shape
from ..score.layers import shown_masks
from .form import AdjustForm
from .layers import spacing
from .order import AdjustOrder
from .preview import part_in_view


def make_order(
    form: AdjustForm, source: Any, point: tuple[float, ...], edition: int
) -> AdjustOrder:
    """Read the fields.

    Parameters
    ----------
    form
        The fields.
    source
        The labels layer to adjust.
    point
        The viewer's position (``viewer.dims.point``).
    edition
        See `AdjustOrder`.

    Raises
    ------
    InputError
        If there are no labels to adjust, or a large image is out of view.
    """
    if source is None:
        raise InputError("Choose the labels to adjust.")
    axes = 3 if form.extent.currentData() == "volume" else 2
    shape = spatial_shape(source)
    mask, truth = form.mask.layer(), form.truth.layer()
    flat = axes == 2
    return AdjustOrder(
        labels=full_resolution(source),
        index=current_index(source, point)[: len(shape) - axes],
        region=part_in_view(source, form.distance.reach) if flat else (),
        spacing=spacing(source, axes),
        reach=form.distance.reach,
        mask=None if mask is None else full_resolution(mask),
        outside=bool(form.side.currentData()),
        truth=None if truth is None else full_resolution(truth),
        true_masks=shown_masks(truth, point) if flat and truth is not None else None,
        distance=form.distance.value(),
        way=form.way.currentData(),
        parts=form.parts.currentData(),
        edition=edition,
    )
