"""What the widget reports: the results of one plane and region, with their image and truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ....compare.report import Contents, write_report
from ....compare.robustness import Robustness
from ....errors import InputError
from ...layers.pixels import pixel_size
from ...layers.source import Input, current_index
from ...saving import remember_layers
from ..session import Session
from ..shown import ShownItem, where_of


def report_job(
    session: Session, path: Path, robustness: Robustness | None = None
) -> Callable[[], Path]:
    """Return a job that writes the report of what is there now; it may run in any thread.

    Results of other planes or another region than the first are left out: they can't stand in one
    table.

    Raises
    ------
    InputError
        If there is no result, or not the image that it is of.
    """
    remember_layers()
    results = session.results
    done = results.done()
    if not done or not results.images:
        raise InputError("There is nothing to report: run a method first.")
    index, region = where = where_of(done[0], results)
    items = [one for one in results.items() if one.layer is None or where_of(one, results) == where]
    shown = [ShownItem.of(item, results) for item in items]
    edited = [item.layer is not None and session.is_edited(item) for item in items]
    of = Input(results.images, region)
    at, plane = index, 0
    if at is None:
        at = current_index(of.first, session.viewer.dims.point)
        plane = int(np.ravel_multi_index(at, of.shape[:-2])) if at else 0
    source, size = of.source(at), pixel_size(of.first)
    text = _where(at, region, every=index is None)

    def work() -> Path:
        made = [one.result(corrected=by_hand) for one, by_hand in zip(shown, edited, strict=True)]
        truth = next((one.truth() for one in shown if one.true_planes), None)
        return write_report(
            path,
            Contents(
                image=of.first.name,
                source=source,
                roles=of.roles,
                results=made,
                truth=truth,
                pixel_size=size,
                plane=plane,
                where=text,
                robustness=robustness,
            ),
        )

    return work


def _where(at: tuple[int, ...], region: Any, *, every: bool) -> str:
    """Say which part of the image was segmented."""
    parts = []
    if at:
        number = ", ".join(str(i + 1) for i in at)
        parts.append(f"every plane; plane {number} is drawn" if every else f"plane {number}")
    if region is not None:
        rows, columns = region
        parts.append(
            f"rows {rows.start} to {rows.stop - 1}, columns {columns.start} to {columns.stop - 1}"
        )
    return "; ".join(parts)
