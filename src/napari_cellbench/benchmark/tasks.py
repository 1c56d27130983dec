"""The five tasks of the systematic evaluation: what is segmented, and what a method sees of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..checkpoints.evaluation import CELLS, CELLS_DUAL, NUCLEI, NUCLEI_DUAL, PHASE, Experiment
from ..data import Sample
from ..errors import InputError, did_you_mean

TASKS: Mapping[str, Experiment] = {
    "nuclei-dual": NUCLEI_DUAL,
    "nuclei": NUCLEI,
    "cells-dual": CELLS_DUAL,
    "cells": CELLS,
    "phase": PHASE,
}
"""By their names in commands and tables."""


def task_named(name: str) -> Experiment:
    """Return a task.

    Raises
    ------
    InputError
        If there is no such task.
    """
    if name not in TASKS:
        known = ", ".join(TASKS)
        raise InputError(f"There is no task {name!r}: {known}.{did_you_mean(name, TASKS)}")
    return TASKS[name]


def seen_in(task: Experiment, sample: Sample) -> Sample:
    """Return the sample with the channels of a task alone, in its order.

    Raises
    ------
    InputError
        If it lacks one.
    """
    if sample.roles == task.channels:
        return sample
    lacking = [role for role in task.channels if role not in sample.roles]
    if lacking:
        raise InputError(
            f"{sample.name} has no {' and no '.join(lacking)} channel, which the task needs; it "
            f"has {', '.join(sample.roles)}."
        )
    order = [sample.roles.index(role) for role in task.channels]
    # What it shows was told by all of its channels.
    return replace(sample, image=sample.image[order], roles=task.channels, kind=None)
