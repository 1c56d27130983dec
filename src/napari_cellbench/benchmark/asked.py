"""What is asked of an evaluation, and what of it there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..checkpoints import Checkpoint, checkpoints, get_checkpoint, sha256_of
from ..data import Target
from ..engine.environments import how_to_install, missing
from ..errors import CellbenchError, InputError, NotInstalled
from ..methods.base import Method
from ..methods.registry import get_method
from .data_sets import Images, groups_of, names_of, open_images
from .folder import DataSetEntry, Header

LOOKED_AT = 5
"""Images of a data set that are looked at to find out what is annotated."""


@dataclass(frozen=True)
class Asked:
    """What is to be evaluated.

    Attributes
    ----------
    data_sets
        Files and folders.
    methods
        Key of a method, with ``:CHECKPOINT`` where it needs one.
    task
        Channels and target by the name of a task; None for all channels.
    target
        What is scored; None for what the checkpoint segments.
    group_by, groups
        What images are grouped by, or a CSV of groups; None for what the data set names.
    truth_by
        A further annotator whose labels are the truth.
    device
        As in `Entry`.
    images
        Images of each data set at most.
    time_limit
        Seconds that an image may take.
    retry
        Whether jobs that failed are tried again.
    anywhere
        Whether methods run elsewhere, so that they need not be installed here.
    """

    data_sets: tuple[Path, ...]
    methods: tuple[str, ...]
    task: str | None = None
    target: Target | None = None
    group_by: str | None = None
    groups: Path | None = None
    truth_by: str | None = None
    device: str = "auto"
    images: int | None = None
    time_limit: float = 1800.0
    retry: bool = False
    anywhere: bool = False


@dataclass(frozen=True, eq=False)
class AskedData:
    """A data set that is asked for, as it is.

    Attributes
    ----------
    entry
        Its name and place.
    images
        Read one by one.
    indices
        Those that are evaluated.
    groups
        Of the images by name; None for what the data set says.
    targets
        What is annotated.
    left_out
        Number of images without truth.
    """

    entry: DataSetEntry
    images: Images
    indices: Sequence[int]
    groups: Mapping[str, str] | None
    targets: Sequence[Target]
    left_out: int


@dataclass(frozen=True, eq=False)
class AskedMethod:
    """A method that is asked for, with its checkpoint."""

    method: Method[Any]
    checkpoint: Checkpoint | None

    @property
    def title(self) -> str:
        """Name it for a message."""
        return self.checkpoint.key if self.checkpoint is not None else self.method.key

    def target(self, asked: Target | None, annotated: Sequence[Target]) -> Target | None:
        """Return what is scored of what is annotated; None where it is something else."""
        made_for: Sequence[Target] = self.method.targets
        # What a user's file was trained on only the user knows.
        if self.checkpoint is not None and self.checkpoint.source != "user":
            made_for = (self.checkpoint.target,)
        wanted = (asked,) if asked is not None else made_for
        return next((target for target in wanted if target in annotated), None)


def data_sets_of(asked: Asked, header: Header) -> list[AskedData]:
    """Open all data sets that are asked for.

    Raises
    ------
    InputError
        If one can't be read, has no truth, or was evaluated with other groups before.
    """
    # The same data set with another annotator's truth is another one.
    known = {entry.path: entry.name for entry in header.data_sets if entry.truth_by is None}
    known |= {
        entry.path: entry.name.removesuffix(f"@{entry.truth_by}")
        for entry in header.data_sets
        if entry.truth_by is not None
    }
    paths = list(dict.fromkeys(path.resolve() for path in asked.data_sets))
    names = names_of(paths, known)
    found = []
    for path in paths:
        name = names[path] if asked.truth_by is None else f"{names[path]}@{asked.truth_by}"
        sha256 = None if asked.groups is None else sha256_of(asked.groups)
        entry = DataSetEntry(name, path, asked.group_by, sha256, asked.truth_by)
        before = next((one for one in header.data_sets if one.name == name), None)
        if before is not None and before != entry:
            raise InputError(
                f"{name} was evaluated into this folder with other groups: group it by "
                f"{before.group_by or 'what it was grouped by'} again, or choose another folder."
            )
        found.append(_data(asked, entry))
    return found


def _data(asked: Asked, entry: DataSetEntry) -> AskedData:
    # As it is now; reading goes on with it.
    open_images.cache_clear()
    images = open_images(entry.path, entry.group_by, entry.truth_by)
    with_truth = [index for index in range(len(images)) if images.has_truth(index)]
    groups = None if asked.groups is None else groups_of(asked.groups, images.names)
    targets = _annotated(images, with_truth)
    if not targets:
        raise InputError(f"{entry.path} has no truth, which an evaluation needs.")
    left_out = len(images) - len(with_truth)
    return AskedData(entry, images, with_truth[: asked.images], groups, targets, left_out)


def _annotated(images: Images, indices: Sequence[int]) -> Sequence[Target]:
    """Return what is annotated, by the first images that can be read."""
    error: CellbenchError | None = None
    for index in indices[:LOOKED_AT]:
        try:
            if truth := images.read(index).truth:
                return tuple(truth)
        except CellbenchError as problem:
            error = error or problem
    if error is not None:
        raise error
    return ()


def methods_of(asked: Asked) -> list[AskedMethod]:
    """Find all methods and checkpoints that are asked for.

    Raises
    ------
    InputError, NotInstalled
        If one isn't there, or needs a checkpoint.
    """
    return [_model(spec, asked.anywhere) for spec in dict.fromkeys(asked.methods)]


def _model(spec: str, anywhere: bool) -> AskedMethod:
    key, _, named = spec.partition(":")
    method = get_method(key)
    if lacking := () if anywhere else missing(method):
        raise NotInstalled(f"{method.title} lacks {', '.join(lacking)}. {how_to_install(method)}")
    if not method.needs_checkpoint:
        if named:
            raise InputError(f"{method.title} takes no checkpoint: write {key} alone.")
        return AskedMethod(method, None)
    if named:
        return AskedMethod(method, get_checkpoint(named, key))
    own = [one for one in checkpoints() if one.method == key and one.source == "bundled"]
    if len(own) == 1:
        return AskedMethod(method, own[0])
    others = [one.key for one in checkpoints() if one.method == key and one.purpose == "segment"]
    raise InputError(
        f"Name a checkpoint of {method.title}, such as {key}:{(others or ['FILE'])[0]}. `cellbench "
        "checkpoints` lists them."
    )
