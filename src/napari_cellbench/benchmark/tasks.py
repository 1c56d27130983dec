"""The five tasks of the systematic evaluation: what is segmented, and what a method sees of it."""

from __future__ import annotations

from collections.abc import Mapping

from ..checkpoints.evaluation import CELLS, CELLS_DUAL, NUCLEI, NUCLEI_DUAL, PHASE, Experiment
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
