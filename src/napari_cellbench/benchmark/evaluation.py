"""An evaluation: data sets and methods become jobs, and what comes of them is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files.atomic import replacing
from .asked import Asked, data_sets_of, methods_of
from .folder import write_header
from .jobs import Done, Job
from .planning import Planned, header_of, plan, with_added
from .store import Store, held

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
        header = header_of(folder)
        of_data, of_method = data_sets_of(asked, header), methods_of(asked)
        write_header(folder, with_added(header, of_data, of_method))
        with Store(folder) as store:
            what = plan(asked, of_data, of_method, store.states())
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
