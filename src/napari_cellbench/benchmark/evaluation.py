"""An evaluation: data sets and methods become jobs, and what comes of them is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..checkpoints import Checkpoint, checkpoints, get_checkpoint, location, sha256_of
from ..data import Target
from ..engine.environments import how_to_install, missing
from ..errors import CellbenchError, InputError, NotInstalled
from ..files.atomic import replacing
from ..methods.base import Method
from ..methods.registry import get_method
from .data_sets import Images, groups_of, names_of, open_images
from .folder import HEADER, DataSetEntry, Header, read_header, write_header
from .jobs import Done, Job
from .store import Store, held
from .tasks import task_named

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
class Planned:
    """What is to be done.

    Attributes
    ----------
    jobs
        Those that haven't ended, a method after the other, so that each is loaded once.
    ended
        Number of those that have.
    notes
        What is left out, and why.
    """

    jobs: tuple[Job, ...]
    ended: int
    notes: tuple[str, ...]


Run = Callable[[Sequence[Job]], Iterable[Done]]
"""Runs jobs, in any order, each once."""


def evaluate(
    asked: Asked,
    folder: Path,
    run: Run,
    planned: Callable[[Planned], None] = lambda _: None,
    done: Callable[[Done], None] = lambda _: None,
) -> int:
    """Evaluate methods on data sets, or go on with it.

    Parameters
    ----------
    asked
        What on what.
    folder
        Made if need be; what has ended in there isn't done again.
    run
        `local.run_here` or `cluster.run_there`.
    planned, done
        Called once, and after each job.

    Returns
    -------
    int
        Number of jobs that failed now.

    Raises
    ------
    InputError
        If something isn't there, the folder can't be written or is another version's, or another
        evaluation writes there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} can't be made: {error.strerror or error}.") from error
    failures = 0
    with held(folder):
        header = _header(folder)
        of_data, of_method = _data_sets(asked, header), _methods(asked)
        write_header(folder, _with(header, of_data, of_method))
        with Store(folder) as store:
            what = _planned(asked, of_data, of_method, store.states())
            planned(what)
            with _ended(run(what.jobs)) as coming:
                for one in coming:
                    failures += one.record["image"]["state"] == "failed"
                    store.add(_kept(folder, one))
                    done(one)
            store.compact()
    return failures


@contextmanager
def _ended(coming: Iterable[Done]) -> Iterator[Iterable[Done]]:
    """End what runs as soon as nobody takes what comes of it: after Ctrl-C, or on a full disk."""
    try:
        yield coming
    finally:
        if isinstance(coming, Generator):
            coming.close()


def _kept(folder: Path, done: Done) -> Mapping[str, Any]:
    """Write the prediction; return the record, which comes last and names it."""
    if done.prediction is None:
        return done.record
    file = prediction_file(done.job)
    path = folder / file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path.parent} can't be made: {error.strerror or error}.") from error
    with replacing(path) as out:
        out.write(done.prediction)
    row = {**done.record["image"], "prediction_file": file.as_posix()}
    return {**done.record, "image": row}


def prediction_file(job: Job) -> Path:
    """Return where the prediction of a job goes, within the folder."""
    method = f"{job.method}@{job.checkpoint}" if job.checkpoint else job.method
    how = " ".join(part for part in (method, job.task, job.target) if part)
    return Path("predictions", _safe(job.data_set), _safe(how), f"{_safe(job.image)}.json")


def _safe(name: str) -> str:
    """Return a file name; where it isn't the name itself, with a mark that tells it apart."""
    plain = re.sub(r"[^\w@.,+ ()=-]", "_", name)[:100].strip(". ") or "_"
    if plain == name:
        return plain
    return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def _header(folder: Path) -> Header:
    if not (folder / HEADER).exists():
        others = [file.name for file in folder.iterdir() if file.name not in ("lock",)]
        if others:
            raise InputError(
                f"{folder} holds other files, such as {sorted(others)[0]}: choose a new folder."
            )
        return Header()
    header = read_header(folder)
    if header.version != __version__:
        raise InputError(
            f"{folder} holds results of version {header.version}, and this is {__version__}: "
            "figures of two versions aren't mixed. Evaluate into another folder, or go on with "
            "that version."
        )
    return header


@dataclass(frozen=True, eq=False)
class _Data:
    entry: DataSetEntry
    images: Images
    indices: Sequence[int]
    groups: Mapping[str, str] | None
    targets: Sequence[Target]
    left_out: int


@dataclass(frozen=True, eq=False)
class _Model:
    method: Method[Any]
    checkpoint: Checkpoint | None

    @property
    def title(self) -> str:
        return self.checkpoint.key if self.checkpoint is not None else self.method.key

    def target(self, asked: Target | None, annotated: Sequence[Target]) -> Target | None:
        """Return what is scored of what is annotated; None where it is something else."""
        made_for: Sequence[Target] = self.method.targets
        # What a user's file was trained on only the user knows.
        if self.checkpoint is not None and self.checkpoint.source != "user":
            made_for = (self.checkpoint.target,)
        wanted = (asked,) if asked is not None else made_for
        return next((target for target in wanted if target in annotated), None)


def _data_sets(asked: Asked, header: Header) -> list[_Data]:
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


def _data(asked: Asked, entry: DataSetEntry) -> _Data:
    # As it is now; reading goes on with it.
    open_images.cache_clear()
    images = open_images(entry.path, entry.group_by, entry.truth_by)
    with_truth = [index for index in range(len(images)) if images.has_truth(index)]
    groups = None if asked.groups is None else groups_of(asked.groups, images.names)
    targets = _annotated(images, with_truth)
    if not targets:
        raise InputError(f"{entry.path} has no truth, which an evaluation needs.")
    left_out = len(images) - len(with_truth)
    return _Data(entry, images, with_truth[: asked.images], groups, targets, left_out)


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


def _methods(asked: Asked) -> list[_Model]:
    return [_model(spec, asked.anywhere) for spec in dict.fromkeys(asked.methods)]


def _model(spec: str, anywhere: bool) -> _Model:
    key, _, named = spec.partition(":")
    method = get_method(key)
    if lacking := () if anywhere else missing(method):
        raise NotInstalled(f"{method.title} lacks {', '.join(lacking)}. {how_to_install(method)}")
    if not method.needs_checkpoint:
        if named:
            raise InputError(f"{method.title} takes no checkpoint: write {key} alone.")
        return _Model(method, None)
    if named:
        return _Model(method, get_checkpoint(named, key))
    own = [one for one in checkpoints() if one.method == key and one.source == "bundled"]
    if len(own) == 1:
        return _Model(method, own[0])
    others = [one.key for one in checkpoints() if one.method == key and one.purpose == "segment"]
    raise InputError(
        f"Name a checkpoint of {method.title}, such as {key}:{(others or ['FILE'])[0]}. `cellbench "
        "checkpoints` lists them."
    )


def _with(header: Header, data: Sequence[_Data], models: Sequence[_Model]) -> Header:
    """Return the header with what is added."""
    entries = {entry.name: entry for entry in header.data_sets}
    entries |= {one.entry.name: one.entry for one in data}
    hashes = dict(header.checkpoints)
    for model in models:
        if model.checkpoint is None or model.checkpoint.source != "user":
            continue
        path = location(model.checkpoint)
        sha256 = sha256_of(path)
        if hashes.setdefault(model.checkpoint.key, sha256) != sha256:
            raise InputError(
                f"{path} is another file than the one that was evaluated into this folder: choose "
                "another folder, or give the new one another name."
            )
    return replace(header, data_sets=tuple(entries.values()), checkpoints=hashes)


def _planned(
    asked: Asked, data: Sequence[_Data], models: Sequence[_Model], states: Mapping[Any, str]
) -> Planned:
    task = None if asked.task is None else task_named(asked.task)
    target = asked.target if task is None else task.target
    if task is not None and asked.target not in (None, task.target):
        raise InputError(f"The task {asked.task} is of {task.target}: leave --target out.")
    notes = [
        f"{one.left_out:,} of {len(one.images):,} images of {one.entry.name} have no truth and are "
        "left out."
        for one in data
        if one.left_out
    ]
    jobs: list[Job] = []
    ended = 0
    for model in models:
        for one in data:
            scored = model.target(target, one.targets)
            if scored is None:
                notes.append(
                    f"{model.title} isn't run on {one.entry.name}, which has "
                    f"{' and '.join(one.targets)} annotated; --target scores it all the same."
                )
                continue
            for job in _jobs(asked, one, model, scored):
                state = states.get(job.key)
                if state is None or (asked.retry and state == "failed"):
                    jobs.append(job)
                else:
                    ended += 1
    if not jobs and not ended:
        raise InputError(" ".join(notes))
    return Planned(tuple(jobs), ended, tuple(notes))


def _jobs(asked: Asked, data: _Data, model: _Model, target: Target) -> Iterator[Job]:
    entry, names = data.entry, data.images.names
    for index in data.indices:
        yield Job(
            entry.name,
            entry.path,
            entry.group_by,
            entry.truth_by,
            index,
            names[index],
            None if data.groups is None else data.groups.get(names[index], ""),
            asked.task,
            target,
            model.method.key,
            None if model.checkpoint is None else model.checkpoint.key,
            asked.device,
            asked.time_limit,
        )
