"""Which jobs an evaluation has, and which of them have ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..checkpoints import location, sha256_of
from ..data import Target
from ..errors import InputError
from .asked import Asked, AskedData, AskedMethod
from .folder import HEADER, Header, read_header
from .jobs import Job
from .tasks import task_named


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


def header_of(folder: Path) -> Header:
    """Read what a folder holds, or begin with it.

    Raises
    ------
    InputError
        If it holds anything else, or results of another version.
    """
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


def with_added(header: Header, data: Sequence[AskedData], models: Sequence[AskedMethod]) -> Header:
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


def plan(
    asked: Asked,
    data: Sequence[AskedData],
    models: Sequence[AskedMethod],
    states: Mapping[Any, str],
) -> Planned:
    """Tell what is to be done.

    Raises
    ------
    InputError
        If nothing is.
    """
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


def _jobs(asked: Asked, data: AskedData, model: AskedMethod, target: Target) -> Iterator[Job]:
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
