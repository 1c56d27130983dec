"""The record of how a result came about: what `metadata["cellbench"]` holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

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
        "peak_memory": result.peak_memory,
        "peak_gpu_memory": result.peak_gpu_memory,
        "n_objects": len(result.instances),
        "notes": list(dict.fromkeys(notes)),
        "versions": dict(result.versions),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
