"""The record of how a result came about: what `metadata["cellbench"]` holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..data.record import Record
from ..methods.base import Tiling
from .client.tiling import tile_ends
from .job import Result
from .request import Request


def provenance(request: Request, result: Result) -> dict[str, Any]:
    """Describe a result so that it can be made again; all values survive JSON.

    Parameters
    ----------
    request, result
        What was asked for, and what the run gave.
    """
    of, warning = request.setup, request.warning()
    notes = (*request.notes, *result.notes, *([warning] if warning else []))
    return {
        "method": of.method.key,
        "method_title": of.method.title,
        "citation": of.method.citation,
        "target": of.target,
        "checkpoint": of.checkpoint.key if of.checkpoint else None,
        "checkpoint_sha256": result.sha256 or None,
        "parameters": dict(of.parameters),
        "roles": list(request.roles),
        "image": request.image,
        **({"kind": request.kind.name} if request.kind is not None else {}),
        "device": result.device,
        "seconds": round(result.seconds, 3),
        "tiles": result.tiles,
        "tile_size": result.tiling.size,
        "tile_overlap": result.tiling.overlap,
        "peak_memory": result.peak_memory,
        "peak_gpu_memory": result.peak_gpu_memory,
        "n_objects": len(result.instances),
        "notes": list(dict.fromkeys(notes)),
        "versions": dict(result.versions),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def tile_ends_of(record: Record, shape: tuple[int, int]) -> tuple[list[int], list[int]]:
    """Return the rows and columns at which a result may be cut; none where its run had one tile.

    Parameters
    ----------
    record
        What `provenance` noted; without the size of tiles, as in older ones, nothing is known.
    shape
        Rows and columns of the image.

    Examples
    --------
    >>> record = {"tiles": 4, "tile_size": 64, "tile_overlap": 16}
    >>> tile_ends_of(record, (100, 100))
    ([36, 64], [36, 64])
    >>> tile_ends_of(record | {"region": [[20, 120], [0, 60]]}, (200, 200))
    ([56, 84], [])
    """
    size, overlap = record.get("tile_size"), record.get("tile_overlap")
    if not isinstance(size, int) or not isinstance(overlap, int) or record.get("tiles", 1) == 1:
        return [], []
    region = record.get("region") or [[0, shape[0]], [0, shape[1]]]
    (top, bottom), (left, right) = region
    rows, columns = tile_ends((bottom - top, right - left), Tiling(size, overlap))
    return [row + top for row in rows], [column + left for column in columns]
