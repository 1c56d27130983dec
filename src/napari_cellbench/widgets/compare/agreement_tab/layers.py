"""The consensus and the disagreement as layers."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
from napari.layers import Image, Labels

from ....data.record import KEY, noted, record_of
from ...score.layers import PER_OBJECT
from .work import Answer

NOT_TRUTH = (
    "Not a ground truth: cells that several methods have in common. What all of them get wrong is "
    "wrong here, too."
)
OF_IMAGE = ("sample", "samples", "group", "groups", "target", "roles", "image")
"""What the record of a consensus has in common with those of its sources."""


def new_consensus(data: Any, **place: Any) -> Labels:
    """Make the layer of a consensus."""
    return Labels(data, name="Consensus", opacity=0.6, **place)


def new_disagreement(data: Any, **place: Any) -> Image:
    """Make the layer of the disagreement map: black where all agree."""
    return Image(
        data,
        name="Disagreement",
        colormap="inferno",
        contrast_limits=(0, 1),
        blending="additive",
        opacity=0.8,
        metadata=noted({"disagreement": True}),
        **place,
    )


def consensus_name(answer: Answer, k: int, *, truth: bool = False) -> str:
    """Return what to call the consensus of at least k results."""
    title = "Consensus (not ground truth)" if truth else "Consensus"
    return f"{title}: ≥ {k} of {len(answer.question.seen)} at IoU {answer.question.iou:.2f}"


def describe_consensus(layer: Labels, answer: Answer, k: int) -> None:
    """Write into a layer how it came about, and how many votes each of its cells has."""
    found, seen = answer.consensus, answer.question.seen
    records = [record_of(one.layer) for one in seen]
    common = {
        key: records[0][key]
        for key in OF_IMAGE
        if key in records[0] and all(record.get(key) == records[0][key] for record in records)
    }
    leading = seen[0].plane.leading
    layer.metadata[KEY] = {
        **common,
        "truth": False,
        "method": "consensus",
        "note": NOT_TRUTH,
        "at_least": k,
        "of": len(seen),
        "iou": answer.question.iou,
        "sources": [
            {
                "name": one.name,
                "record": {key: value for key, value in record.items() if key not in PER_OBJECT},
            }
            for one, record in zip(seen, records, strict=True)
        ],
        "index": list(leading) or None,
        "n_objects": found.count(k),
        "versions": {"napari-cellbench": version("napari-cellbench")},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    ids = np.flatnonzero(found.votes >= k) + 1
    layer.features = {
        "index": np.append(0, ids),
        "votes": np.append(0, found.votes[ids - 1]),
    }
    layer.name = consensus_name(answer, k)
