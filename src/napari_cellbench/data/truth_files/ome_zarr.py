"""Labels of an OME-Zarr as truth, or as a prediction to score."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import InputError
from ...files.limits import check_size
from ..images import reading
from ..instances import Instances
from ..ome_zarr import OmeZarr, check_labels, stem
from .base import Annotated, ObjectFile, OneImage


def read(path: Path) -> ObjectFile:
    """Read the labels at full resolution; one 2-D plane is needed.

    Raises
    ------
    InputError
        If zarr isn't installed, there are no labels, or they have planes or frames.
    """
    notes: tuple[str, ...] = ()
    found = OmeZarr(path)
    with reading(path):
        labels = found.array
        if labels is None:
            known = found.label_names
            if not known:
                raise InputError(f"{path.name} has no labels.")
            others = f"{path.name} has several labels ({', '.join(known)}); {known[0]} are taken."
            notes = (others,) if len(known) > 1 else notes
            labels = found.labels(known[0]).levels[0]
        check_labels(labels, path.name)
        if any(length > 1 for length in labels.shape[:-2]):
            raise InputError(f"{path.name} has the shape {labels.shape}: one 2-D plane is needed.")
        check_size(labels.nbytes, path.name)
        plane = np.asarray(labels[...]).reshape(labels.shape[-2:])
    return OneImage(stem(path), Annotated(Instances.from_labels(plane), notes=notes))
