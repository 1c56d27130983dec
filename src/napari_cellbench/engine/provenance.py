"""The record of how a result came about: what `metadata["cellbench"]` holds."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from ..checkpoints import Checkpoint
from ..data import Target
from ..methods.base import Method
from ..methods.parameters import build
from .job import Job, Result


def provenance(
    method: Method[Any],
    checkpoint: Checkpoint | None,
    target: Target,
    job: Job,
    result: Result,
    image: str,
) -> dict[str, Any]:
    """Describe a result so that it can be made again; all values survive JSON.

    Parameters
    ----------
    method, checkpoint
        What was run.
    target
        What was segmented.
    job, result
        The run.
    image
        Name of the image.
    """
    parameters = dataclasses.asdict(build(method.parameters, job.parameters))
    return {
        "method": method.key,
        "method_title": method.title,
        "citation": method.citation,
        "target": target,
        "checkpoint": checkpoint.key if checkpoint else None,
        "checkpoint_sha256": result.sha256 or None,
        "parameters": parameters,
        "roles": list(job.roles),
        "image": image,
        "device": result.device,
        "seconds": round(result.seconds, 3),
        "tiles": result.tiles,
        "peak_memory": result.peak_memory,
        "peak_gpu_memory": result.peak_gpu_memory,
        "n_objects": len(result.instances),
        "notes": list(result.notes),
        "versions": dict(result.versions),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
