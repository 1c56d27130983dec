"""The jobs of this package from Python: `read`, `segment` and `score`; no window takes part.

>>> from napari_cellbench import read, score, segment
>>> from napari_cellbench.data.samples import sample_folder
>>> (sample,) = read(sample_folder() / "nuclei")
>>> found = segment(sample, "watershed")
>>> score(sample.truth["nucleus"], found.instances).AP50 > 0.6
True
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from .data import Instances, Sample
from .data.arrays import sample_of_array
from .data.readers import Dataset, read_samples
from .data.readers.planes import is_image, open_planes
from .data.roles import with_roles
from .engine.choice import request_for
from .engine.job import Progress
from .engine.request import key_of
from .errors import InputError

if TYPE_CHECKING:
    from .checkpoints import Checkpoint
    from .engine import Engine, Segmentation
    from .scoring import Score
    from .scoring.folders import FolderScore

__all__ = ["read", "score", "segment"]

StrPath = str | os.PathLike[str]
Objects = Instances | NDArray[Any]


def read(path: StrPath, *, series: int | None = None, axes: str | None = None) -> Dataset:
    """Open images, with their truth where they come with one.

    Parameters
    ----------
    path
        An image file, a stack or time series, a folder of OME-Zarr, or a data set: TissueNet,
        COCO, Data Science Bowl, NeurIPS, Cellpose, pairs of images and labels. Nikon's ``.nd2``,
        Zeiss' ``.czi`` and Leica's ``.lif`` need ``pip install "napari-cellbench[bioio]"``.
    series
        Which image, position or scene of a file that holds several, from 0; None for the largest.
    axes
        A letter for each axis of a TIFF that names them wrongly, such as CYX.

    Returns
    -------
    Dataset
        A sequence of `Sample`: one of a plain image, one for each plane of a stack. None is read
        before it is asked for.

    Raises
    ------
    InputError
        If it doesn't exist, is of no known format, or is damaged.

    Examples
    --------
    >>> from napari_cellbench import read
    >>> from napari_cellbench.data.samples import sample_folder
    >>> sample = read(sample_folder() / "nuclei" / "nuclei_image.tif")[0]
    >>> sample.shape, sample.roles, sample.kind.name
    ((512, 512), ('nucleus',), 'fluorescence')
    >>> len(sample.truth["nucleus"])
    125
    """
    if series is None and axes is None:
        return read_samples(Path(path))
    return open_planes(Path(path), series, axes)


def segment(
    image: StrPath | Sample | NDArray[Any],
    method: str | None = None,
    checkpoint: Checkpoint | StrPath | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    roles: Sequence[str] | None = None,
    device: str = "auto",
    python: Path | None = None,
    engine: Engine | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    cancel: threading.Event | None = None,
) -> Segmentation:
    """Find the cells or nuclei of one image; blocks.

    Parameters
    ----------
    image
        A file of one image, a sample, or an array: (Y, X), (C, Y, X) or (Y, X, C).
    method
        Key of a method; None for one that suits the kind of image.
    checkpoint
        A checkpoint, its key, or a file of one's own; None for the bundled one that suits.
    parameters
        The method's, by name; what is left out keeps its default.
    roles
        What each channel shows, such as ``["nucleus", "whole_cell"]``; None for a guess.
    device
        "auto", "cpu", "cuda", "cuda:1" or "mps".
    python
        Interpreter of another environment to run in.
    engine
        Where to run; it keeps its process and the loaded model for the next call. None for a
        process that ends with this call.
    progress, cancel
        Called with how far it is; set by another thread to stop.

    Returns
    -------
    Segmentation
        Its ``instances`` are the objects, its ``provenance`` says how they came about.

    Raises
    ------
    InputError, CheckpointError
        If the image, a name or a value can't be used, or no method suits; `NotInstalled` if the
        method lacks packages.
    EngineError
        If the method failed.
    Cancelled
        If `cancel` was set.

    Examples
    --------
    >>> from napari_cellbench import Engine, read, segment
    >>> from napari_cellbench.data.samples import sample_folder
    >>> images = read(sample_folder() / "nuclei")
    >>> with Engine() as engine:  # one process, one loaded model
    ...     found = [segment(image, "watershed", engine=engine) for image in images]
    >>> found[0].instances.to_labels().shape
    (512, 512)
    >>> found[0].provenance["method"]
    'watershed'
    """
    from .engine import Engine
    from .engine import segment as run

    sample = with_roles(_sample_of(image), roles)
    request = request_for(sample, method, key_of(checkpoint), parameters, device, python)
    with nullcontext(engine) if engine is not None else Engine() as engine:
        return run(engine, request, progress, cancel)


@overload
def score(
    truth: StrPath,
    prediction: StrPath,
    *,
    edge: int = 0,
    smallest: int = 0,
    largest: int | None = None,
) -> Score | FolderScore: ...
@overload
def score(
    truth: Objects,
    prediction: StrPath | Objects,
    *,
    edge: int = 0,
    smallest: int = 0,
    largest: int | None = None,
) -> Score: ...
@overload
def score(
    truth: StrPath,
    prediction: Objects,
    *,
    edge: int = 0,
    smallest: int = 0,
    largest: int | None = None,
) -> Score: ...
def score(
    truth: StrPath | Objects,
    prediction: StrPath | Objects,
    *,
    edge: int = 0,
    smallest: int = 0,
    largest: int | None = None,
) -> Score | FolderScore:
    """Score objects against their truth.

    Parameters
    ----------
    truth, prediction
        Label images, `Instances`, or files of objects of any format that is read here; or two
        folders of such files, which are paired by name.
    edge, smallest, largest
        Objects that are left out: with a pixel among so many outermost rows or columns, or of fewer
        or more pixels.

    Returns
    -------
    Score or FolderScore
        One image's figures; for folders those of each image, of all and of each group.

    Raises
    ------
    InputError
        If they differ in size, can't be read, or nothing belongs together.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_cellbench import score
    >>> truth = np.zeros((64, 64), np.int32)
    >>> truth[8:24, 8:24] = 1
    >>> truth[32:48, 32:48] = 2
    >>> figures = score(truth, np.where(truth == 1, truth, 0))
    >>> figures.n_truth, figures.n_prediction, figures.recall[0]
    (2, 1, 0.5)
    """
    from . import scoring
    from .scoring.folders import Options, score_pairs
    from .scoring.pairs import find_pairs, is_folder
    from .scoring.selection import Selection

    if not isinstance(truth, str | os.PathLike) or not isinstance(prediction, str | os.PathLike):
        objects = _objects(truth, prediction), _objects(prediction, truth)
        return scoring.score(*objects, edge=edge, smallest=smallest, largest=largest)
    true, found = Path(truth), Path(prediction)
    options = Options(Selection(edge, smallest, largest))
    result = score_pairs(find_pairs(true, found), options)
    return result if is_folder(true) or len(result.rows) > 1 else result.rows[0].score


def _sample_of(image: StrPath | Sample | NDArray[Any]) -> Sample:
    if isinstance(image, Sample):
        return image
    if isinstance(image, str | os.PathLike):
        path = Path(image)
        found = open_planes(path) if is_image(path) else read_samples(path)
        if len(found) != 1:
            raise InputError(f"{path.name} holds {len(found)} images: segment each of `read`'s.")
        return found[0]
    return sample_of_array(np.asarray(image))


def _objects(given: StrPath | Objects, other: StrPath | Objects) -> Objects:
    """Read the objects of a file; the other side tells the size where the file doesn't."""
    from .data.truth_files import read_instances

    if not isinstance(given, str | os.PathLike):
        return given if isinstance(given, Instances) else np.asarray(given)
    shape = None if isinstance(other, str | os.PathLike) else other.shape
    return read_instances(Path(given), shape if shape is not None and len(shape) == 2 else None)
