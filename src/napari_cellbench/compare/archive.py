"""A segmentation as a file: exact, small, and read without running code."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..data import Instances
from ..data.instances import RLE
from ..data.rle import from_counts
from ..engine import Segmentation
from ..errors import InputError


def write_segmentation(file: BinaryIO, segmentation: Segmentation) -> None:
    """Write a segmentation as a compressed ``npz``.

    Its arrays are ``shape`` (height, width), either ``labels`` (Y, X) int32 or the characters of
    all COCO ``counts`` with their ``lengths``, ``scores`` where there are any, and ``record``: the
    provenance in JSON, as UTF-8.
    """
    instances = segmentation.instances
    arrays: dict[str, NDArray[Any]] = {
        "shape": np.array(instances.shape),
        "record": np.frombuffer(json.dumps(segmentation.provenance).encode(), np.uint8),
    }
    if instances.labels is not None:
        arrays["labels"] = instances.labels
    else:
        counts = [mask["counts"] for mask in instances.to_masks()]
        arrays["counts"] = np.frombuffer(b"".join(counts), np.uint8)
        arrays["lengths"] = np.array([len(text) for text in counts], np.int64)
    if instances.scores is not None:
        arrays["scores"] = instances.scores
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_segmentation(path: Path) -> Segmentation:
    """Read what `write_segmentation` wrote.

    Raises
    ------
    OSError
        If the file isn't there or can't be opened.
    Exception
        Of any kind, if it is damaged.
    """
    # Opened here, since numpy leaves a damaged file open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        height, width = arrays["shape"].tolist()
        scores = arrays.get("scores")
        if "labels" in arrays:
            instances = Instances.from_labels(arrays["labels"], scores)
        else:
            masks = _masks(arrays["counts"], arrays["lengths"], (height, width))
            instances = Instances.from_masks(masks, (height, width), scores)
        record = json.loads(arrays["record"].tobytes())
    if instances.shape != (height, width) or record["n_objects"] != len(instances):
        raise InputError(f"{path.name} is damaged.")
    return Segmentation(instances, record)


def _masks(
    counts: NDArray[np.uint8], lengths: NDArray[np.int64], shape: tuple[int, int]
) -> list[RLE]:
    ends = [0, *np.cumsum(lengths).tolist()]
    if counts.size != ends[-1]:
        raise InputError("The masks are damaged.")
    return [from_counts(counts[start:end].tobytes(), shape) for start, end in pairwise(ends)]
