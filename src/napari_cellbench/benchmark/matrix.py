"""A matrix of training runs: methods, tasks, and all images or those of one tissue or cell type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..checkpoints.evaluation import published, trained_on_one_tissue
from ..data.readers import read_samples
from ..errors import CellbenchError, InputError
from ..methods.registry import get_method
from ..training.launching import launch
from ..training.plan import Plan
from ..training.run import Run
from ..training.status import Status
from .tasks import TASKS, task_named

ALL = "all"
"""Name of the group of all images, in lists and folders."""
ONE_TISSUE = "swin_s"
"""Method that the systematic evaluation trained on single tissues and cell types."""


@dataclass(frozen=True)
class Cell:
    """A model of a matrix.

    Attributes
    ----------
    task
        Name in `TASKS`.
    method
        Key.
    group
        Tissue or cell type that it learns from alone; None for all images.
    """

    task: str
    method: str
    group: str | None = None

    @property
    def folder(self) -> Path:
        """Where its run goes, within the matrix's folder."""
        group = re.sub(r"[^\w.,+ -]", "_", self.group or ALL)
        return Path(self.task, group, self.method)

    @property
    def is_trainable(self) -> bool:
        """Whether its method can be trained here."""
        return get_method(self.method).trainable

    def plan(self, data: Path, plan: Plan) -> Plan:
        """Return the plan of its run.

        Parameters
        ----------
        data
            What to learn from.
        plan
            What all runs have in common.
        """
        task = TASKS[self.task]
        return replace(
            plan,
            method=self.method,
            train=data,
            target=task.target,
            channels=task.channels,
            group=self.group,
        )


@dataclass(frozen=True)
class Learnt:
    """What a data set can teach.

    Attributes
    ----------
    path
        The data set.
    tasks
        Names of tasks whose channels and target it has.
    groups
        Its tissues or cell types.
    """

    path: Path
    tasks: tuple[str, ...]
    groups: tuple[str, ...]


def look_into(path: Path, progress: Callable[[int], None] = lambda _: None) -> Learnt:
    """Find out what a data set can teach; its images are read one by one.

    Raises
    ------
    InputError
        If it can't be read, or fits no task.
    """
    groups: dict[str, None] = {}
    tasks = list(TASKS)
    for count, sample in enumerate(read_samples(path).streamed(), 1):
        if sample.group:
            groups[sample.group] = None
        if sample.truth:
            tasks = [
                name
                for name in tasks
                if TASKS[name].target in sample.truth
                and set(TASKS[name].channels) <= set(sample.roles)
            ]
        progress(count)
    if not tasks:
        raise InputError(
            f"{path} fits none of the tasks ({', '.join(TASKS)}): it lacks their channels or truth."
        )
    return Learnt(path, tuple(tasks), tuple(sorted(groups)))


def matrix(
    data: Sequence[Learnt],
    methods: Sequence[str],
    tasks: Sequence[str] = (),
    single: Sequence[str] | None = None,
) -> dict[Cell, Path]:
    """Return the models of a matrix, with the data that each learns from.

    Parameters
    ----------
    data
        The first that fits a task teaches it.
    methods
        Keys of those that are trained on all images.
    tasks
        Names; none for those that the data fit.
    single
        Keys of those that are trained on each group alone too; None for all methods.

    Raises
    ------
    InputError
        If there is no such method or task, or no data for it.
    """
    single = methods if single is None else single
    for method in (*methods, *single):
        get_method(method)
    for name in tasks:
        task_named(name)
    found: dict[Cell, Path] = {}
    for name in tasks or TASKS:
        teacher = next((one for one in data if name in one.tasks), None)
        if teacher is None:
            if tasks:
                raise InputError(f"No data set has the channels and the truth of the task {name}.")
            continue
        for method in methods:
            found[Cell(name, method)] = teacher.path
        if len(teacher.groups) > 1:
            for group in teacher.groups:
                for method in single:
                    found[Cell(name, method, group)] = teacher.path
    return found


def evaluation_matrix() -> list[Cell]:
    """Return the models of the systematic evaluation, of which SegGal has 138."""
    found = []
    for name, task in TASKS.items():
        found += [Cell(name, one.method) for one in published(task)]
        found += [Cell(name, ONE_TISSUE, tissue) for tissue in sorted(trained_on_one_tissue(task))]
    return found


def evaluation_matrix_on(data: Sequence[Learnt]) -> dict[Cell, Path]:
    """Return those models of the systematic evaluation that the data can teach.

    Tissues and cell types go by the data's names, however these are capitalised.
    """
    found: dict[Cell, Path] = {}
    for cell in evaluation_matrix():
        for one in data:
            own = {_spelt(group): group for group in one.groups}
            group = None if cell.group is None else own.get(_spelt(cell.group))
            if cell.task in one.tasks and (cell.group is None or group is not None):
                found.setdefault(replace(cell, group=group), one.path)
                break
    return found


def states(folder: Path, cells: Iterable[Cell]) -> dict[Cell, str]:
    """Return how the run of each cell stands: "new" without one, "untrainable" if none can be."""
    return {cell: _state(folder, cell) for cell in cells}


def train(
    folder: Path,
    cells: Mapping[Cell, Path],
    common: Plan,
    follow: Callable[[Run], None],
    retry: bool = False,
) -> Iterator[tuple[Cell, Status | None, str]]:
    """Train what isn't trained yet, one model after the other; a run that was stopped goes on.

    Parameters
    ----------
    folder
        Of the matrix.
    cells
        Models, and what they learn from.
    common
        What all plans have in common.
    follow
        Waits until a run has ended.
    retry
        Whether runs that failed are tried again.

    Yields
    ------
    cell, status, problem
        How each run ended; None and what is wrong where it couldn't begin.
    """
    for cell, data in cells.items():
        state = _state(folder, cell)
        if state in ("finished", "untrainable") or (state == "failed" and not retry):
            continue
        try:
            if state == "new":
                run = Run.create(folder / cell.folder, cell.plan(data, common).checked())
            else:
                run = Run.open(folder / cell.folder)
            if not run.is_alive():
                launch(run)
        except CellbenchError as error:
            yield cell, None, str(error)
            continue
        follow(run)
        status = run.status()
        yield cell, status, "" if status.state == "finished" else status.message


def _state(folder: Path, cell: Cell) -> str:
    if not cell.is_trainable:
        return "untrainable"
    place = folder / cell.folder
    if not (place / "run.json").is_file():
        return "new"
    return Run(place).status().state


def _spelt(group: str) -> str:
    return re.sub(r"[\W_]", "", group).casefold()
