"""From what was saved of a stack, which are the planes that changed, back to all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.images import TIFF_SUFFIXES, reading
from ..data.layers import get_reader, layers_in
from ..errors import CellbenchError, InputError
from ..files.inputs import open_input, size_of
from ..files.limits import check_size
from .doubts import At
from .saved import PlaneFile, Recovered, Work, checksum_of


def read_source(work: Work, beside: Path | None = None) -> NDArray[Any] | None:
    """Read the labels that a stack of planes was before it was corrected.

    Parameters
    ----------
    work
        What is corrected; its `source` is read.
    beside
        Folder to look in where the file was moved together with its corrections.

    Returns
    -------
    (..., Y, X) integer array or None
        Of the work's shape; None where there is no such file any more, or it holds other labels.
    """
    path = Path(work.source)
    if beside is not None and work.source and not path.exists():
        path = beside / path.name
    if not work.source or not path.exists():
        return None
    with suppress(CellbenchError):
        if get_reader(str(path)) is not None:
            return _of_dataset(path, work)
        if path.suffix.lower() in TIFF_SUFFIXES:
            return _of_tiff(path, work)
    return None


def unsaved(
    labels: NDArray[Any],
    planes: Iterable[At],
    saved: Mapping[At, PlaneFile],
    source: Callable[[], NDArray[Any] | None],
) -> list[At]:
    """Return the planes that would not come back as they are.

    Parameters
    ----------
    labels : (..., Y, X) integer
        All planes. They may be painted on meanwhile: whoever does so knows what has changed.
    planes
        Which of them to look at.
    saved
        What is saved of them.
    source
        Returns what they were at first, or None; called where it is needed.
    """
    found: list[At] = []
    first: NDArray[Any] | None = None
    asked = False
    for at in planes:
        plane = labels[at]
        if at in saved:
            kept = saved[at]
            same = plane.shape == kept.shape and plane.dtype.newbyteorder("=").name == kept.dtype
            if not same or checksum_of(plane.astype(kept.dtype, copy=False)) != kept.checksum:
                found.append(at)
            continue
        if not asked:
            first, asked = source(), True
        if first is None or first.shape != labels.shape or not np.array_equal(first[at], plane):
            found.append(at)
    return found


def restored(
    found: Recovered, layer: NDArray[Any] | None = None
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Put the labels together again.

    Parameters
    ----------
    found
        What was saved.
    layer : (..., Y, X) integer
        The same labels without corrections, where they are open: what is not saved and can't be
        read from their file is taken from there.

    Returns
    -------
    labels : (..., Y, X) integer
        Planes that are known nowhere are empty, as the notes say.
    notes
        What was lost, in sentences.

    Raises
    ------
    InputError
        If there is nothing to put together, or it doesn't fit into the memory.
    """
    work, planes = found.save.work, dict(found.planes)
    shape = work.shape or next((plane.shape for plane in planes.values()), ())
    if len(shape) < 2 or min(shape) < 0:
        raise InputError(f"The corrections in {found.folder} hold no labels.")
    notes = list(found.notes)
    fitting = {at: plane for at, plane in planes.items() if _fits(at, plane, shape)}
    if len(fitting) < len(planes):
        notes.append(f"{_planes(len(planes) - len(fitting))} of another size left out.")
    dtype = _dtype(work, fitting)
    check_size(int(np.prod(shape, dtype=object)) * dtype.itemsize, work.name)
    missing = set(np.ndindex(shape[:-2])) - set(fitting)
    first = None
    if missing:
        first = read_source(work, found.folder.parent)
        if first is None and layer is not None and layer.shape == shape:
            first = layer
    labels = np.zeros(shape, dtype) if first is None else first.astype(dtype)
    for at, plane in fitting.items():
        labels[at] = plane
    if missing and first is None:
        where = f" ({work.source} is gone, or holds other labels)" if work.source else ""
        notes.append(
            f"{_planes(len(missing))} empty here: not corrected, and not found{where}. Open the "
            "labels that they were corrected from, and go on again."
        )
    return labels, tuple(notes)


def _fits(at: At, plane: NDArray[Any], shape: tuple[int, ...]) -> bool:
    inside = len(at) == len(shape) - 2 and all(
        0 <= i < n for i, n in zip(at, shape[:-2], strict=True)
    )
    return inside and plane.shape == shape[-2:]


def _dtype(work: Work, planes: Mapping[At, NDArray[Any]]) -> np.dtype[Any]:
    """Return the type that holds all planes: the layer may have been converted meanwhile."""
    try:
        declared = np.dtype(work.dtype)
    except TypeError:
        declared = np.dtype(np.int32)
    dtype = np.result_type(declared, *(plane.dtype for plane in planes.values()))
    return dtype if dtype.kind in "iu" else np.dtype(np.int64)


def _planes(n: int) -> str:
    return "1 plane is" if n == 1 else f"{n:,} planes are"


def _of_dataset(path: Path, work: Work) -> NDArray[Any] | None:
    """Return the labels of a data set that have the work's shape, those of its name if several."""
    layers = [
        (np.asarray(data), options.get("name"))
        for data, options, kind in layers_in(path)
        # What is read lazily is read only if it is the one.
        if kind == "labels" and tuple(data.shape) == tuple(work.shape)
    ]
    named = [data for data, name in layers if name == work.name]
    return next(iter(named or [data for data, _ in layers]), None)


def _of_tiff(path: Path, work: Work) -> NDArray[Any] | None:
    """Return a TIFF as it is: its planes are those of a layer that napari has opened itself."""
    import tifffile

    with reading(path), open_input(path) as file, tifffile.TiffFile(file) as tiff:
        series = tiff.series[0]
        check_size(int(series.nbytes), path.name, size_of(file))
        if tuple(series.shape) != tuple(work.shape) or series.dtype.kind not in "iu":
            return None
        found: NDArray[Any] = series.asarray()
        return found
